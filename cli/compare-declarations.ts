import type { Slot } from '../server/contract/catalog.ts';
import type { Metric } from '../server/contract/metric-contract.ts';
import type { Audience } from '../server/contract/targeting-contract.ts';
import { path } from './admin-api.ts';
import { compareExperiment } from './compare-experiment.ts';
import type { Declared, Plan } from './declaration-files.ts';
import type { AudienceDeclaration, MetricDeclaration, SlotDeclaration } from './declaration-schema.ts';
import type { Change, Comparison, ServerState } from './declared-change.ts';
import { differencesOf } from './difference-list.ts';
import { audienceForm, metricForm, slotForm } from './normal-form.ts';

/** What has to change on the server for it to have what the files declare; nothing is ever deleted but planned phases. */
export function compareDeclarations(plan: Plan, server: ServerState): Comparison {
  return {
    changes: [
      ...plan.slots.flatMap((slot) => compareSlot(slot, byKey(server.slots, slot.value.key))),
      ...businessFirst(plan.metrics).flatMap((metric) =>
        compareMetric(metric, byKey(server.metrics, metric.value.key)),
      ),
      ...plan.audiences.flatMap((each) => compareAudience(each, byKey(server.audiences, each.value.key))),
      ...plan.experiments.flatMap((each) => compareExperiment(each, byKey(server.experiments, each.value.key))),
    ],
    unmanaged: {
      slots: missing(server.slots, plan.slots),
      variants: plan.slots.flatMap(({ value: { key, variants } }) => {
        const stored = byKey(server.slots, key)?.variants ?? [];
        return stored.filter((each) => !byKey(variants, each.key)).map((each) => `${key}/${each.key}`);
      }),
      metrics: missing(server.metrics, plan.metrics),
      audiences: missing(server.audiences, plan.audiences),
      experiments: missing(
        server.experiments.filter(({ state }) => state !== 'concluded'),
        plan.experiments,
      ),
    },
  };
}

const byKey = <T extends { key: string }>(all: readonly T[], key: string) => all.find((each) => each.key === key);

function missing(stored: { key: string }[], declared: Declared<{ key: string }>[]): string[] {
  const known = new Set(declared.map(({ value }) => value.key));
  return stored.map(({ key }) => key).filter((key) => !known.has(key));
}

function compareSlot({ value: slot, at }: Declared<SlotDeclaration>, stored: Slot | undefined): Change[] {
  const { key, champion, variants } = slot;
  const common = { differences: [], reason: null, at };
  if (!stored) {
    const summary = `${variants.length} variant${variants.length === 1 ? '' : 's'}, champion ${champion}`;
    return [
      {
        ...common,
        action: 'create',
        kind: 'slot',
        key,
        summary,
        request: { method: 'POST', path: '/api/slots', body: slot },
      },
    ];
  }
  const changes: Change[] = variants.flatMap((variant, i) =>
    compareVariant(slot, stored, variant, () => at(['variants', i])),
  );
  const fixed = differencesOf(slotForm(stored), slotForm(slot));
  if (fixed.length > 0) {
    const reason = 'a slot keeps its output, time limit and fallback: declare another slot, or what the server has.';
    changes.push({
      ...common,
      action: 'impossible',
      kind: 'slot',
      key,
      summary: '',
      differences: fixed,
      reason,
      request: null,
    });
  }
  if (stored.champion !== champion) {
    changes.push({
      ...common,
      action: 'update',
      kind: 'slot',
      key,
      summary: 'another model answers everyone who is in no experiment, at once',
      differences: [{ path: ['champion'], from: stored.champion, to: champion }],
      request: { method: 'PUT', path: path`/api/slots/${key}/champion`, body: { champion } },
    });
  }
  return changes;
}

function compareVariant(
  slot: SlotDeclaration,
  stored: Slot,
  variant: SlotDeclaration['variants'][number],
  at: Change['at'],
): Change[] {
  const payload = variant.payload ?? null;
  const known = byKey(stored.variants, variant.key);
  const common = { kind: 'variant', key: `${slot.key}/${variant.key}`, summary: '', at } as const;
  if (!known) {
    const request = { method: 'POST', path: path`/api/slots/${slot.key}/variants`, body: variant } as const;
    return [{ ...common, action: 'create', differences: [], reason: null, request }];
  }
  const differences = differencesOf(known.payload, payload, ['payload']);
  if (differences.length === 0) return [];
  const reason = 'a variant never changes, since results would mix two models: add one under another key.';
  return [{ ...common, action: 'impossible', differences, reason, request: null }];
}

function compareMetric({ value: metric, at }: Declared<MetricDeclaration>, stored: Metric | undefined): Change[] {
  const common = { kind: 'metric', key: metric.key, at } as const;
  if (!stored) {
    const request = { method: 'POST', path: '/api/metrics', body: metric } as const;
    return [
      {
        ...common,
        action: 'create',
        summary: `${metric.kind} of ${metric.outcome}`,
        differences: [],
        reason: null,
        request,
      },
    ];
  }
  const differences = differencesOf(metricForm(stored), metricForm(metric));
  if (differences.length === 0) return [];
  const reason = 'a metric never changes once defined, since past results are computed from it: choose another key.';
  return [{ ...common, action: 'impossible', summary: '', differences, reason, request: null }];
}

function compareAudience(
  { value: audience, at }: Declared<AudienceDeclaration>,
  stored: Audience | undefined,
): Change[] {
  const { key } = audience;
  const common = { kind: 'audience', key, reason: null, at } as const;
  if (!stored) {
    const request = { method: 'POST', path: '/api/audiences', body: audience } as const;
    return [{ ...common, action: 'create', summary: audience.name, differences: [], request }];
  }
  const differences = differencesOf(audienceForm(stored), audienceForm(audience));
  if (differences.length === 0) return [];
  const request = { method: 'PUT', path: path`/api/audiences/${key}`, body: audienceForm(audience) } as const;
  return [{ ...common, action: 'update', summary: 'drafts follow, what has started does not', differences, request }];
}

/** A metric that stands for another one is declared after it. */
function businessFirst(metrics: Plan['metrics']): Plan['metrics'] {
  const depth = ({ value: { proxyFor } }: Plan['metrics'][number], seen: string[] = []): number => {
    if (proxyFor === null || seen.includes(proxyFor)) return 0;
    const business = metrics.find(({ value }) => value.key === proxyFor);
    return business ? 1 + depth(business, [...seen, proxyFor]) : 0;
  };
  return metrics
    .map((metric) => ({ metric, depth: depth(metric) }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ metric }) => metric);
}
