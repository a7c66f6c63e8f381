import type { Metric } from '../../server/contract/metric-contract.ts';
import type { MetricHistory } from '../../server/contract/metric-history-contract.ts';
import type { SlotTraffic } from '../../server/contract/slot-traffic-contract.ts';
import { count, counted, dateOnly, percentOf, plain, THIN } from '../format.ts';
import { isRate, metricValue } from '../metric-numbers.ts';
import type { PlanKind } from './plan-fields.ts';

/** As what the size of a metric is planned, by a formula; null: none knows it. */
function planKind(kind: Metric['kind']): PlanKind | null {
  if (isRate(kind)) return 'proportion';
  return kind === 'ratio' ? 'ratio' : kind === 'mean' || kind === 'count' ? 'mean' : null;
}

export const canPlan = ({ kind }: Pick<Metric, 'kind'>): boolean => planKind(kind) !== null;

/** The fields of the form that the latest phase of a metric knows. */
export function fieldsFromHistory(metric: Pick<Metric, 'kind'>, { phases }: MetricHistory): Record<string, string> {
  const [latest] = phases;
  const kind = planKind(metric.kind) ?? 'mean';
  if (!latest) return { kind };
  const { value, standardDeviation, unitsPerDay, varianceReduction } = latest;
  return {
    kind,
    ...(kind === 'proportion'
      ? { rate: typed(value * 100) }
      : { mean: typed(value), deviation: typed(standardDeviation) }),
    ...(unitsPerDay === null ? {} : { perDay: typed(Math.max(1, unitsPerDay)) }),
    ...(varianceReduction === null
      ? {}
      : { correlation: typed(Math.sqrt(Math.min(0.98, Math.max(0, varianceReduction)))) }),
  };
}

/** As a person would type it: four digits that matter, no exponent. */
export const typed = (value: number): string => {
  const short = Number(value.toPrecision(4));
  return Math.abs(short) >= 1e-6 ? String(short) : short.toFixed(12).replace(/0+$/, '');
};

/** Where the numbers came from: "From “Ranking”, started 3 Nov 2026: 12 034 units of the control, 10.2 %." */
export function historySentence({ kind }: Pick<Metric, 'kind'>, { phases, prior }: MetricHistory): string {
  const [latest] = phases;
  if (!latest) return 'No phase has measured it yet, so enter the numbers yourself.';
  const { experimentName, startedAt, units, value, standardDeviation } = latest;
  const shown = metricValue(kind, value, standardDeviation / Math.sqrt(units));
  const from = `From “${experimentName}”, started ${dateOnly(startedAt)}: ${counted(units, 'unit')} of the control, ${shown}.`;
  return prior === null ? from : `${from} ${priorSentence(prior)}`;
}

function priorSentence({ mean, standardDeviation, experiments }: NonNullable<MetricHistory['prior']>): string {
  const low = plain((mean - standardDeviation) * 100, 1);
  const high = plain((mean + standardDeviation) * 100, 1);
  return `Two of three true effects lay between ${low} and ${high}${THIN}% (${count(experiments)} experiments).`;
}

/** New units per day as they are typed: a whole number of at least one. */
export const typedPerDay = ({ unitsPerDay }: NonNullable<SlotTraffic['traffic']>): string =>
  String(Math.max(1, Number(unitsPerDay.toPrecision(4))));

/** Where the number of units per day came from. */
export function trafficSentence(traffic: SlotTraffic['traffic']): string {
  if (!traffic) return 'No A/B test has run here for an hour, so its traffic is not known yet.';
  const { unitsPerDay, experimentName, startedAt, share, targeted } = traffic;
  const part = share < 1 ? `, scaled up from ${percentOf(share)} of the units` : '';
  const some = targeted ? '; only units of its targeting were counted' : '';
  return `${count(unitsPerDay)} new units a day, as in “${experimentName}”, started ${dateOnly(startedAt)}${part}${some}.`;
}
