import type { Comparison, MetricReport } from '../../server/contract/report-contract.ts';
import { count, dateOnly, duration, plain, THIN, weightPercent } from '../format.ts';
import { marginText, metricValue } from '../metric-numbers.ts';

type Definition = Pick<
  MetricReport,
  | 'kind'
  | 'aggregate'
  | 'outcome'
  | 'denominator'
  | 'denominatorAggregate'
  | 'quantile'
  | 'fromSeconds'
  | 'windowSeconds'
  | 'latenessSeconds'
  | 'direction'
>;

/** "Share of units with “voted” within 7 days of first exposure; higher is better." */
export function definition(metric: Definition): string {
  const { latenessSeconds, direction } = metric;
  const late = latenessSeconds > 0 ? `, ${duration(latenessSeconds)} more for late arrivals` : '';
  const better = direction === 'increase' ? 'higher is better' : 'lower is better';
  return `${measured(metric)} ${windowText(metric)}${late}; ${better}.`;
}

function windowText({ fromSeconds, windowSeconds }: Definition): string {
  return fromSeconds > 0
    ? `between ${duration(fromSeconds)} and ${duration(windowSeconds)} after first exposure`
    : `within ${duration(windowSeconds)} of first exposure`;
}

function measured({ kind, aggregate, outcome, denominator, denominatorAggregate, quantile }: Definition): string {
  const what = aggregate === 'sum' ? `“${outcome}”` : `number of “${outcome}”`;
  switch (kind) {
    case 'proportion':
      return `Share of units with “${outcome}”`;
    case 'retention':
      return `Share of units that came back, with “${outcome}”`;
    case 'count':
    case 'mean':
      return aggregate === 'sum' ? `Mean per unit of “${outcome}”` : `Mean number per unit of “${outcome}”`;
    case 'ratio':
      return `All units’ ${total(aggregate, outcome)} divided by their ${total(denominatorAggregate, denominator)}`;
    case 'quantile':
      return `${percentile(quantile)} of the single values of “${outcome}”`;
    case 'rank':
      return `Which variant’s units tend to have the larger ${what},`;
  }
}

const total = (aggregate: Definition['aggregate'] | null, outcome: string | null): string =>
  `${aggregate === 'count' ? 'number' : 'sum'} of “${outcome ?? 'another outcome'}”`;

/** "p95", "median". */
export const percentile = (quantile: number | null): string =>
  quantile === null ? 'Quantile' : quantile === 0.5 ? 'Median' : `p${plain(quantile * 100, 2).replace(/\.?0+$/, '')}`;

/** Units that still wait, and what they show so far: "120, at 4.1 %". */
export function soFarText(metric: MetricReport, { openUnits, soFar }: MetricReport['variants'][number]): string {
  if (openUnits === 0) return '0';
  return soFar === null ? count(openUnits) : `${count(openUnits)}, at ${metricValue(metric.kind, soFar, null)}`;
}

/** "look 3 of 5, 12 Nov 2026"; null where a plan has one look and there is nothing to tell apart. */
export function lookText({ status, look, lookAt }: Comparison): string | null {
  if (!look || status === 'live' || status === 'insufficient' || look.planned === 1) return null;
  const at = lookAt === null ? '' : `, ${dateOnly(lookAt)}`;
  if (look.planned === null) return `look ${look.number}${at}`;
  return look.number > look.planned
    ? `look ${look.number}, after the planned ${look.planned}${at}`
    : `look ${look.number} of ${look.planned}${at}`;
}

/** "significant at 95 %"; what is corrected at the last look only says so until then. */
export function significanceText({ significant, status, pValue }: Comparison, level: number): string | null {
  if (significant === null) return status === 'look' && pValue !== null ? 'decided at the last look' : null;
  return `${significant ? 'significant' : 'not significant'} at ${weightPercent(level)}`;
}

/** "worse by less than 5 %: shown". */
export function marginAnswerText(kind: MetricReport['kind'], margin: Comparison['margin']): string | null {
  if (margin === null) return null;
  const answer = margin.nonInferior === null ? 'answered at a look' : margin.nonInferior ? 'shown' : 'not shown';
  return `worse by less than ${marginText(kind, margin.margin)}: ${answer}`;
}

/** "variance −34 %": what the covariates took away. */
export function varianceText({ adjustment }: Comparison): string | null {
  if (adjustment === null) return null;
  const change = -adjustment.varianceReduction * 100;
  const sign = change > 0 ? '+' : change < 0 ? '\u2212' : '';
  return `adjusted, variance ${sign}${plain(Math.abs(change), Math.abs(change) < 10 ? 1 : 0)}${THIN}%`;
}
