import type { Comparison, MetricReport } from '../../server/contract/report-contract.ts';
import { fiellerSet } from '../../stats/index.ts';
import { plain, THIN } from '../format.ts';
import { z95 } from '../metric-numbers.ts';

/** Metrics whose numbers an adjustment for covariates (CUPED) has changed. */
export const isAdjusted = ({ comparisons }: MetricReport): boolean =>
  comparisons.some(({ adjustment }) => adjustment !== null);

/**
 * The metric as if there had been no covariates: the report's plain numbers, with the interval of one look, and neither
 * test nor conclusion, since the plan decides by the adjusted ones. `adjustment` stays, to tell which numbers were replaced.
 */
export function withoutCovariates(metric: MetricReport): MetricReport {
  if (!isAdjusted(metric)) return metric;
  return { ...metric, comparisons: metric.comparisons.map((each) => plainComparison(metric, each)) };
}

function plainComparison({ variants }: MetricReport, comparison: Comparison): Comparison {
  const { adjustment, others, variant, control } = comparison;
  if (!adjustment) return comparison;
  const { estimate, standardError } = adjustment.unadjusted;
  const line = others.find(({ method }) => method.endsWith('not adjusted'));
  const interval = line?.interval ?? {
    lower: estimate - z95 * standardError,
    upper: estimate + z95 * standardError,
  };
  const critical = standardError > 0 ? (interval.upper - interval.lower) / 2 / standardError : z95;
  const of = (name: string) => variants.find((each) => each.variant === name);
  return {
    ...comparison,
    difference: { estimate, standardError, interval, method: line?.method ?? 'not adjusted' },
    relative: plainLift(of(control), of(variant), critical),
    ...{ pValue: null, log10P: null, adjustedPValue: null, significant: null, simultaneous: null, bayes: null },
  };
}

type Value = MetricReport['variants'][number] | undefined;

/** Fieller's set of the ratio of two independent means, as the report makes it of adjusted ones. */
function plainLift(a: Value, b: Value, critical: number): Comparison['relative'] {
  if (a?.value == null || b?.value == null || a.standardError === null || b.standardError === null) return null;
  if (a.value === 0) return null;
  const { set } = fiellerSet(
    { meanA: a.value, varianceOfMeanA: a.standardError ** 2, meanB: b.value, varianceOfMeanB: b.standardError ** 2 },
    critical,
  );
  return { estimate: b.value / a.value - 1, set: liftSet(set), method: 'Fieller, not adjusted' };
}

type Lift = NonNullable<Comparison['relative']>['set'];

function liftSet(set: ReturnType<typeof fiellerSet>['set']): Lift {
  const end = (value: number) => (Number.isFinite(value) ? value - 1 : null);
  if (set.kind === 'bounded') return { shape: 'bounded', lower: set.lower - 1, upper: end(set.upper) };
  if (set.kind === 'whole_line') return { shape: 'unbounded' };
  const [below, above] = [end(set.below), end(set.above)];
  if (above === null) return { shape: 'unbounded' };
  return below === null ? { shape: 'bounded', lower: above, upper: null } : { shape: 'outside', below, above };
}

/** "Adjusting for budget saved 34 % of the variance of “Spend”: the same precision with 34 % fewer units." */
export function savedSentence(metrics: readonly MetricReport[]): string | null {
  const all = metrics.flatMap(({ name, comparisons }) =>
    comparisons.flatMap(({ adjustment }) => (adjustment ? [{ name, ...adjustment }] : [])),
  );
  const [most] = all.toSorted((a, b) => b.varianceReduction - a.varianceReduction);
  if (!most) return null;
  const named = [...new Set(all.flatMap(({ covariates }) => covariates))];
  const what = named.length === 1 ? named[0] : 'what was known before the exposure';
  const others = all.filter(({ name }) => name !== most.name);
  return `Adjusting for ${what} ${saved(most.varianceReduction, most.name)}${rest(others)}.`;
}

function saved(share: number, name: string): string {
  const size = percent(Math.abs(share));
  return share >= 0
    ? `saved ${size} of the variance of “${name}”: the same precision with ${size} fewer units`
    : `added ${size} to the variance of “${name}”: the covariates say nothing about it`;
}

function rest(others: readonly { name: string; varianceReduction: number }[]): string {
  if (others.length === 0) return '';
  const shares = others.map(({ varianceReduction }) => varianceReduction);
  const names = new Set(others.map(({ name }) => name));
  const of = names.size === 1 ? `“${others[0]?.name}”` : `${names.size} other metrics`;
  const [least, most] = [percent(Math.min(...shares)), percent(Math.max(...shares))];
  return `; of ${of} it saved ${least === most ? least : `${least} to ${most}`}`;
}

const percent = (share: number): string => `${plain(share * 100, Math.abs(share) < 0.1 ? 1 : 0)}${THIN}%`;
