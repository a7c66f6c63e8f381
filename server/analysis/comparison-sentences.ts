import type { Comparison, MetricReport } from '../contract/report-contract.ts';
import { NARROW_SPACE, percent, pPhrase, quantity, signedPercent } from './phrases.ts';

/** A comparison with the metric it is about. */
export type Concluded = Comparison & { metric: MetricReport };

/** "it moves Voted from 29.7 % to 37.8 % (+27.4 %, p = 1e-214)." */
export function headline(each: Concluded): string {
  const { metric } = each;
  const verb = (each.difference?.estimate ?? 0) > 0 ? 'raises' : 'lowers';
  const adjusted = each.adjustment ? ' adjusted' : '';
  const lift = each.relative?.estimate == null ? '' : `${signedPercent(each.relative.estimate)}${adjusted}, `;
  const [from, to] = [armValueOf(each, each.control), armValueOf(each, each.variant)];
  const show = percentKind(metric) ? percent : quantity;
  const moved = from === null || to === null ? '' : ` from ${show(from)} to ${show(to)}`;
  return `it ${verb} "${metric.name}"${moved} (${lift}${tested(each)}).`;
}

/** "Voted in "mail": 29.7 % → 37.8 %, +8.1 pp (7.6 to 8.7), p = 1e-199." */
export function describe(each: Concluded): string {
  const { metric, difference } = each;
  const name = `${metric.name} in "${each.variant}"`;
  if (!difference) return `${name}: ${each.missing ?? 'too little data.'}`;
  const [from, to] = [armValueOf(each, each.control), armValueOf(each, each.variant)];
  const show = percentKind(metric) ? percent : quantity;
  const values = from === null || to === null ? '' : `${show(from)} → ${show(to)}, `;
  const lift = each.relative?.estimate == null ? '' : `, ${signedPercent(each.relative.estimate)}`;
  // An adjusted difference is not that of the values before it.
  const adjusted = each.adjustment ? 'adjusted ' : '';
  return `${name}: ${values}${adjusted}${change(metric, difference)}${lift}, ${tested(each)}.${marginPhrase(each)}`;
}

function change(metric: MetricReport, { estimate, interval }: NonNullable<Comparison['difference']>): string {
  if (metric.kind === 'rank') {
    return `a unit of it is larger in ${percent(0.5 + estimate)} of pairs (${range(interval, (value) => percent(0.5 + value))})`;
  }
  if (percentKind(metric)) {
    return `${points(estimate)}${NARROW_SPACE}pp (${range(interval, points)})`;
  }
  return `${estimate > 0 ? '+' : ''}${quantity(estimate)} (${range(interval, quantity)})`;
}

function marginPhrase({ metric, margin }: Concluded): string {
  if (!margin || margin.nonInferior === null) return '';
  const size = marginSize(metric, margin.margin);
  if (margin.equivalent) return ` Within the margin of ${size} on both sides.`;
  return margin.nonInferior
    ? ` Not worse by more than the margin of ${size}.`
    : ` Not shown to be within the margin of ${size}.`;
}

function marginSize(metric: MetricReport, margin: NonNullable<Comparison['margin']>['margin']): string {
  if ('relative' in margin) return percent(margin.relative);
  const inPoints = percentKind(metric) || metric.kind === 'rank';
  return inPoints ? `${quantity(margin.absolute * 100)}${NARROW_SPACE}pp` : quantity(margin.absolute);
}

function percentKind(metric: MetricReport): boolean {
  return metric.kind === 'proportion' || metric.kind === 'retention';
}

function armValueOf({ metric }: Concluded, variant: string): number | null {
  return metric.variants.find((one) => one.variant === variant)?.value ?? null;
}

function tested(each: Concluded): string {
  const p = each.adjustedPValue ?? each.pValue;
  if (p === null) return 'nothing can be concluded yet';
  return pPhrase(p, each.adjustedPValue ? Math.log10(each.adjustedPValue) : each.log10P);
}

function range(interval: { lower: number; upper: number } | null, show: (value: number) => string): string {
  return interval ? `${show(interval.lower)} to ${show(interval.upper)}` : 'anything is still possible';
}

function points(difference: number): string {
  const value = difference * 100;
  const digits = Math.abs(value) >= 1 || value === 0 ? 1 : Math.min(5, 1 - Math.floor(Math.log10(Math.abs(value))));
  return `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value).toFixed(digits)}`;
}
