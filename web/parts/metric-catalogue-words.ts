import type { Metric, MetricInput } from '../../server/contract/metric-contract.ts';
import { anyNumber, weightPercent } from '../format.ts';
import { definition, percentile } from './metric-words.ts';

const names = {
  proportion: 'rate',
  count: 'count',
  mean: 'mean',
  ratio: 'ratio',
  retention: 'retention',
  rank: 'ranks',
} as const;

export const kindName = ({ kind, quantile }: Pick<Metric, 'kind' | 'quantile'>): string =>
  kind === 'quantile' ? percentile(quantile).toLowerCase() : names[kind];

/** How single units are kept from deciding a mean alone; null where nothing is clipped. */
export function capText({ cap }: Pick<Metric, 'cap'>): string | null {
  if (!cap) return null;
  if (cap.quantile !== null) {
    return `A unit’s value is clipped at the ${weightPercent(cap.quantile)} quantile of all units.`;
  }
  const limits = [
    cap.lower === null ? null : `at least ${anyNumber(cap.lower)}`,
    cap.upper === null ? null : `at most ${anyNumber(cap.upper)}`,
  ].filter((limit) => limit !== null);
  return limits.length === 0 ? null : `A unit’s value is clipped to ${limits.join(' and ')}.`;
}

type Defined = Pick<
  Metric,
  'kind' | 'aggregate' | 'outcome' | 'quantile' | 'fromSeconds' | 'windowSeconds' | 'direction'
> & { denominator: Pick<NonNullable<Metric['denominator']>, 'outcome' | 'aggregate'> | null };

/** What is measured, as the catalogue knows it: how long outcomes may be late belongs to the plan of an experiment. */
export const catalogueDefinition = (metric: Defined): string =>
  definition({
    ...metric,
    denominator: metric.denominator?.outcome ?? null,
    denominatorAggregate: metric.denominator?.aggregate ?? null,
    latenessSeconds: 0,
  });

/** Which outcomes count, where not all of a name do. */
export function filterTexts({
  outcome,
  filter,
  denominator,
}: Pick<Metric, 'outcome' | 'filter' | 'denominator'>): string[] {
  const sources = [{ outcome, filter }, ...(denominator ? [denominator] : [])];
  return sources.flatMap(({ outcome: name, filter: asked }) => {
    const conditions = Object.entries(asked).map(([property, value]) => `${property} = ${JSON.stringify(value)}`);
    return conditions.length === 0 ? [] : [`Of “${name}” only those with ${conditions.join(' and ')} count.`];
  });
}

/** Whether a metric is what someone looks for: every word is in its name, key, outcome or description. */
export function matchesSearch({ name, key, outcome, description }: Metric, search: string): boolean {
  const text = `${name} ${key} ${outcome} ${description}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The request that would define it, without what it leaves at the defaults. */
export function metricJson(metric: Metric): Partial<MetricInput> {
  const { createdAt: _, aggregate, cap, ...rest } = metric;
  const given = Object.entries({
    ...rest,
    ...(metric.kind === 'mean' || metric.kind === 'ratio' || metric.kind === 'rank' ? { aggregate } : {}),
    ...(cap ? { cap: withoutNull(cap) } : {}),
  });
  return Object.fromEntries(given.filter(([name, value]) => !isDefault(name, value))) as Partial<MetricInput>;
}

const withoutNull = (value: object) => Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null));

function isDefault(name: string, value: unknown): boolean {
  if (value === null || value === false || value === '') return true;
  if (name === 'fromSeconds') return value === 0;
  return name === 'filter' && Object.keys(value as object).length === 0;
}
