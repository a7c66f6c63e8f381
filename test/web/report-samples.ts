import { EMPTY_COMPARISON } from '../../server/analysis/compare-arms.ts';
import type { Phase } from '../../server/contract/phase-contract.ts';
import { plan as planSchema } from '../../server/contract/plan-contract.ts';
import type { Comparison, MetricReport } from '../../server/contract/report-contract.ts';

/** A comparison, a metric and a phase with nothing special about them; each test says what it changes. */
export const sampleComparison = (over: Partial<Comparison> = {}): Comparison => ({
  variant: 'new',
  control: 'old',
  status: 'final',
  ...EMPTY_COMPARISON,
  ...over,
});

export const sampleMetric = (over: Partial<MetricReport> = {}): MetricReport => ({
  key: 'clicks',
  name: 'Clicks',
  kind: 'mean',
  role: 'primary',
  direction: 'increase',
  outcome: 'click',
  aggregate: 'sum',
  denominator: null,
  denominatorAggregate: null,
  quantile: null,
  fromSeconds: 0,
  windowSeconds: 86_400,
  latenessSeconds: 0,
  family: null,
  computedAt: null,
  variants: [],
  comparisons: [],
  looks: [],
  surrogate: null,
  ...over,
});

export const samplePhase = (plan: Partial<Phase['plan']> = {}, over: Partial<Phase> = {}): Phase => ({
  id: 1,
  position: 0,
  mode: 'ab',
  state: 'running',
  assignment: 'hash',
  step: 0,
  salt: 's',
  continues: false,
  sticky: false,
  gate: 'manual',
  split: [],
  plan: { ...planSchema.parse({}), design: 'fixed', looks: 1, ...plan },
  shadow: null,
  canary: null,
  bandit: null,
  interleave: null,
  startedAt: null,
  endedAt: null,
  endedAs: null,
  endReason: null,
  pauses: [],
  hold: null,
  ...over,
});
