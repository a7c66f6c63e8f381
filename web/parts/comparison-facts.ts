import type { Comparison, MetricReport } from '../../server/contract/report-contract.ts';
import { anyNumber, dateTime, percentOf, plain, THIN, weightPercent, wholePercent } from '../format.ts';
import {
  differenceText,
  eValueText,
  intervalText,
  marginText,
  metricValue,
  oneDifference,
  pText,
  z95,
} from '../metric-numbers.ts';

/** Some of what is behind one comparison: a heading, pairs of name and text, and perhaps a sentence. */
export type FactBlock = { title: string; facts: [string, string][]; note?: string };

type Kind = MetricReport['kind'];
const shown = (answer: boolean | null) => (answer === null ? 'answered at a look' : answer ? 'shown' : 'not shown');

/** Everything behind a comparison that the row itself does not show; empty blocks are left out. */
export function comparisonFacts(metric: MetricReport, comparison: Comparison, level: number): FactBlock[] {
  const { kind } = metric;
  return [
    lookBlock(comparison, level),
    marginBlock(kind, comparison),
    adjustmentBlock(kind, comparison),
    componentsBlock(comparison),
    cappedBlock(comparison),
    simultaneousBlock(kind, comparison),
    othersBlock(kind, comparison),
    bayesBlock(metric, comparison),
  ].filter((block) => block !== null);
}

const rules = {
  fixed: 'one look',
  group_sequential: 'planned looks share the error probability',
  always_valid: 'always valid, however often it is looked at',
} as const;

function lookBlock({ look, lookAt, status }: Comparison, level: number): FactBlock | null {
  if (!look || look.rule === 'fixed' || status === 'live' || status === 'insufficient') return null;
  const facts: [string, string][] = [
    ['Look', `${look.number}${look.planned === null ? '' : ` of ${look.planned}`}, ${dateTime(lookAt ?? look.at)}`],
    ['Rule', rules[look.rule]],
  ];
  if (look.spendingTime !== null) facts.push(['Share of the plan reached', wholePercent(look.spendingTime)]);
  facts.push([
    'Limit for z',
    look.criticalZ === null
      ? 'none yet: nothing may be concluded'
      : `${plain(look.criticalZ, 2)} (1.96 with one look at 95${THIN}%)`,
  ]);
  if (look.alphaSpent !== null) {
    facts.push(['Error probability spent', `${percentOf(look.alphaSpent)} of ${percentOf(1 - level)}`]);
  }
  if (look.logEValue !== null) facts.push(['Evidence', eValueText(look.logEValue)]);
  return { title: 'This look', facts };
}

function marginBlock(kind: Kind, { margin }: Comparison): FactBlock | null {
  if (!margin) return null;
  const width = marginText(kind, margin.margin);
  const facts: [string, string][] = [[`Worse by less than ${width}`, shown(margin.nonInferior)]];
  if (margin.equivalent !== null) facts.push([`Within ${width} on both sides`, shown(margin.equivalent)]);
  if (margin.limit !== null) facts.push(['Worst plausible difference', oneDifference(kind, margin.limit)]);
  if (margin.pValue !== null)
    facts.push([`One-sided test against worse by ${width} or more`, unbroken(pText(margin.pValue, null))]);
  return { title: 'Margin', facts };
}

/** Stays on one line beside a long name. */
const unbroken = (text: string) => text.replaceAll(' ', '\u00a0').replaceAll('-', '\u2011');

function adjustmentBlock(kind: Kind, { adjustment }: Comparison): FactBlock | null {
  if (!adjustment) return null;
  const { unadjusted, covariates, missingShare, method, computedAt } = adjustment;
  const wide = z95 * unadjusted.standardError;
  const interval = { lower: unadjusted.estimate - wide, upper: unadjusted.estimate + wide };
  return {
    title: 'Adjustment for what was known before',
    facts: [
      ['Covariates', covariates.join('; ') || 'none'],
      ['Without adjustment', differenceText(kind, { estimate: unadjusted.estimate, interval })],
      ['Units without a value before', percentOf(missingShare)],
      ['Method', method],
      ['Computed', dateTime(computedAt)],
    ],
    note: `The interval without adjustment is a plain one of 95${THIN}%, and decides nothing.`,
  };
}

function componentsBlock({ components }: Comparison): FactBlock | null {
  if (components.length === 0) return null;
  return {
    title: 'What moved: numerator or denominator',
    facts: components.map(({ name, estimate, interval, control }) => [
      name,
      `${differenceText('mean', { estimate, interval })} from ${metricValue('mean', control, null)}`,
    ]),
  };
}

function cappedBlock({ capped }: Comparison): FactBlock | null {
  if (!capped) return null;
  const { lower, upper, shareControl, shareVariant } = capped;
  const facts: [string, string][] = [];
  if (lower !== null) facts.push(['Raised to at least', anyNumber(lower)]);
  if (upper !== null) facts.push(['Cut at', anyNumber(upper)]);
  facts.push(['Units beyond, control', percentOf(shareControl)], ['Units beyond, variant', percentOf(shareVariant)]);
  return { title: 'Clipped values', facts };
}

function simultaneousBlock(kind: Kind, { simultaneous }: Comparison): FactBlock | null {
  if (!simultaneous) return null;
  return {
    title: 'Interval that holds together with its family’s',
    facts: [[simultaneous.method, intervalText(kind, simultaneous.interval)]],
  };
}

function othersBlock(kind: Kind, { others }: Comparison): FactBlock | null {
  if (others.length === 0) return null;
  return {
    title: 'Other tests of the same comparison',
    facts: others.map(({ method, pValue, interval }) => [
      method,
      [pValue === null ? null : pText(pValue, null), interval && intervalText(kind, interval)]
        .filter((part) => part !== null)
        .join('; '),
    ]),
    note: 'They stand beside the deciding one and do not decide.',
  };
}

function bayesBlock(metric: MetricReport, { bayes, variant }: Comparison): FactBlock | null {
  if (!bayes) return null;
  const best = metric.variants.find((each) => each.variant === variant)?.probabilityBest ?? null;
  const facts: [string, string][] = [
    ['Better than the control', probability(bayes.probabilityBetter)],
    ['Lift, credible', `${signedRange(bayes.interval)}`],
    ['Expected loss if it is shipped', loss(bayes.expectedLoss.ifShipped)],
    ['Expected loss if the control is kept', loss(bayes.expectedLoss.ifKept)],
  ];
  if (best !== null && metric.variants.length > 2) facts.splice(1, 0, ['Best of all variants', probability(best)]);
  const cost =
    bayes.peekingCost === null
      ? ''
      : ` Without any effect, a rule “stop when 95${THIN}% likely better” would by this many looks have stopped ${weightPercent(Math.round(bayes.peekingCost * 1000) / 1000)} of experiments.`;
  return {
    title: 'Bayesian view \u2014 does not decide',
    facts,
    note: `Prior \u2014 ${lowerFirst(sentence(bayes.prior))}${cost}`,
  };
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

const sentence = (text: string) => (text.endsWith('.') ? text : `${text}.`);

/** A relative loss; nobody decides by less than a thousandth of a percent. */
const loss = (share: number): string => (share < 1e-5 ? `below 0.001${THIN}%` : percentOf(share));

/** A probability in percent that is never rounded to certainty. */
function probability(value: number): string {
  if (value > 0.999) return `above 99.9${THIN}%`;
  if (value < 0.001) return `below 0.1${THIN}%`;
  return `${plain(value * 100, 1)}${THIN}%`;
}

function signedRange({ lower, upper }: { lower: number; upper: number }): string {
  const decimals = upper - lower < 0.1 ? 1 : 0;
  return `${plain(lower * 100, decimals)} to ${plain(upper * 100, decimals)}${THIN}%`;
}

/** Whether there is anything to unfold. */
export const hasFacts = (metric: MetricReport, comparison: Comparison, level: number): boolean =>
  comparisonFacts(metric, comparison, level).length > 0;
