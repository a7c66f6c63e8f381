import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import type { Metric } from '../server/contract/metric-contract.ts';
import { type Declarations, declarationsSchema } from './declaration-schema.ts';
import type { ServerState } from './declared-change.ts';
import { declaredPhase, metricForm, phaseForm } from './normal-form.ts';

/** What the server has as a file that declares the same, without all that it need not say. */
export function declarationsText(server: ServerState, url: string): { json: unknown; yaml: string } {
  const json = withoutDefaults(declarationsOf(server));
  const head = `# What ${url} had when "assay pull" wrote this. Edit it, look with "assay diff -f", then "assay apply -f".\n`;
  return { json, yaml: head + stringify(json, { lineWidth: 0, aliasDuplicateObjects: false }) };
}

function declarationsOf({ slots, metrics, audiences, experiments }: ServerState): Declarations {
  const isNotCreated = ({ createdAt: _, ...fields }: Metric) => ({
    ...fields,
    aggregate: fields.aggregate === 'any' ? 'sum' : fields.aggregate,
  });
  return declarationsSchema.parse({
    slots: slots.map(({ createdAt: _, ...slot }) => slot),
    metrics: metrics.map(isNotCreated),
    audiences,
    experiments: [...experiments].reverse().map((experiment) => ({
      ...experiment,
      metrics: experiment.metrics.map(({ name: _, ...metric }) => metric),
      phases: experiment.phases.map((phase) => declaredPhase(phase)),
    })),
  });
}

/** What a file means, whatever it leaves open. */
function meaningOf(declared: unknown): unknown {
  const parsed = declarationsSchema.safeParse(declared);
  if (!parsed.success) return null;
  const { slots, metrics, audiences, experiments } = parsed.data;
  return {
    slots,
    audiences,
    metrics: metrics.map((metric) => ({ key: metric.key, ...metricForm(metric) })),
    experiments: experiments.map((each) => ({
      ...each,
      phases: each.phases.map((phase) => phaseForm(phase, undefined)),
    })),
  };
}

/** Every field whose absence means the same is left out. */
function withoutDefaults(declarations: Declarations): Record<string, unknown[]> {
  return Object.fromEntries(
    Object.entries(declarations).map(([section, entries]) => [
      section,
      entries.map((entry) => {
        const whole: unknown = JSON.parse(JSON.stringify(entry));
        // A copy: payloads pass through as they are.
        const meaning = structuredClone(meaningOf({ [section]: [whole] }));
        prune(whole, () => isDeepStrictEqual(meaningOf({ [section]: [whole] }), meaning));
        return whole;
      }),
    ]),
  );
}

/** Takes one field after another out, and puts back what is missed: those that stay keep their order. */
function prune(node: unknown, meansTheSame: () => boolean): void {
  if (typeof node !== 'object' || node === null) return;
  const fields = node as Record<string, unknown>;
  for (const [name, value] of Object.entries(fields)) {
    if (!Array.isArray(node)) {
      delete fields[name];
      if (meansTheSame()) continue;
      fields[name] = value;
    }
    prune(value, meansTheSame);
  }
}
