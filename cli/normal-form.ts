import type { Experiment, Slot } from '../server/contract/catalog.ts';
import type { Metric } from '../server/contract/metric-contract.ts';
import { type Phase, phaseInput } from '../server/contract/phase-contract.ts';
import { chosenDesign } from '../server/contract/plan-contract.ts';
import type { Audience } from '../server/contract/targeting-contract.ts';
import type {
  AudienceDeclaration,
  ExperimentDeclaration,
  MetricDeclaration,
  PhaseDeclaration,
  SlotDeclaration,
} from './declaration-schema.ts';

/** Two things that mean the same have one form: what a file declares and what the server has are compared in it. */
export type Form = Record<string, unknown>;

export const slotForm = ({ output, timeoutMs, fallback }: SlotDeclaration | Slot): Form => ({
  output,
  timeoutMs,
  fallback,
});

export function metricForm(metric: MetricDeclaration | Metric): Form {
  const { key: _key, createdAt: _at, ...fields } = metric as Metric;
  const kind = metric.kind === 'mean' && metric.aggregate === 'count' ? 'count' : metric.kind;
  if (kind === 'proportion' || kind === 'retention') return { ...fields, kind, aggregate: 'any' };
  return { ...fields, kind, aggregate: kind === 'count' || kind === 'quantile' ? 'count' : metric.aggregate };
}

export const audienceForm = ({ name, description, rules }: AudienceDeclaration | Audience): Form => ({
  name,
  description,
  rules,
});

export function experimentForm(experiment: ExperimentDeclaration | Experiment): Form {
  const { name, hypothesis, targeting, range, segments, metrics } = experiment;
  const used = metrics.map(({ metric, role, margin }) => ({ metric, role, margin }));
  return { name, hypothesis, targeting, range, segments, metrics: used };
}

/** The control stands last, as the server stores it, and what a plan leaves open is chosen. */
export function phaseForm(phase: PhaseDeclaration, control: string | undefined): Form {
  const last = <T>(all: T[], key: (each: T) => string) => [
    ...all.filter((each) => key(each) !== control),
    ...all.filter((each) => key(each) === control),
  ];
  const { split, variants, startedAt, endedAt } = phase;
  return {
    ...phase,
    plan: { ...phase.plan, ...chosenDesign(phase.plan, phase) },
    split: split && last(split, ({ variant }) => variant),
    variants: variants && last(variants, (key) => key),
    startedAt: startedAt && new Date(startedAt).toISOString(),
    endedAt: endedAt && new Date(endedAt).toISOString(),
  };
}

/** A phase of the server as it could have been declared. */
export function declaredPhase(phase: Phase): PhaseDeclaration {
  const { mode, split, assignment } = phase;
  const weights = split.map(({ variant, weight }) => ({ variant, weight }));
  const keys = split.map(({ variant }) => variant);
  const fields = Object.keys(phaseInput.shape).filter((field) => field in phase && field !== 'split');
  const declared: Form = Object.fromEntries(
    fields.map((field) => [field, phase[field as keyof Phase] ?? undefined] as const),
  );
  if (assignment === 'hash') for (const field of ['startedAt', 'endedAt']) delete declared[field];
  if (mode === 'ab') declared.split = weights;
  else if (mode === 'shadow' || mode === 'canary') declared.candidate = keys[0];
  else declared.variants = keys;
  return phaseInput.parse(declared);
}

export const controlOf = ({ split }: Phase): string | undefined => split.find(({ control }) => control)?.variant;
