import type { Moments } from '../../../stats/index.ts';
import type { ReSplitReport } from '../../contract/distribution-contract.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import type { ReportMetric } from '../arms.ts';
import { type ReSplits, reSplit } from './re-split.ts';

export const SPLITS = 1_000;

interface Input {
  metric: ReportMetric;
  phase: PhaseRow;
  computedAt: Date | null;
  /** Of the control. */
  buckets: Moments[];
  /** Whether the plan goes beyond the plain test: by covariates, or by clusters. */
  others: boolean;
  seed: number;
}

export function reSplitReport({ metric, phase, computedAt, buckets, others, seed }: Input): ReSplitReport {
  const { level } = phase.plan;
  const kind = metric.kind === 'proportion' ? 'proportion' : 'mean';
  const found = computedAt ? reSplit(buckets, { kind, level, splits: SPLITS, seed }) : { missing: NOT_YET };
  const missing = 'missing' in found;
  return {
    metric: metric.key,
    phase: phase.position,
    computedAt: computedAt?.toISOString() ?? null,
    status: missing ? 'insufficient' : 'ok',
    sentence: missing ? found.missing : sentenceOf(found, level, others),
    level,
    splits: SPLITS,
    rejected: missing ? null : found.rejected,
    rate: missing ? null : found.rate,
    range: missing ? null : found.range,
  };
}

const NOT_YET = 'The sums of this phase are computed about once a minute: ask again soon.';

function sentenceOf({ rate, range }: ReSplits, level: number, others: boolean): string {
  const percent = (share: number) => `${Number((100 * share).toFixed(1))} %`;
  const place =
    rate > range.upper
      ? 'it finds differences too often: are the units independent?'
      : rate < range.lower
        ? 'it finds differences too rarely, which costs power.'
        : 'as often as it should.';
  return (
    `The ${others ? 'plain ' : ''}test found two halves of the control different in ${percent(rate)} of ${SPLITS.toLocaleString('en')} ` +
    `re-splits; at a level of ${percent(level)} chance alone leaves it from ${percent(range.lower)} to ${percent(range.upper)}: ${place}`
  );
}
