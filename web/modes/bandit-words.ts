import type { BanditReport } from '../../server/contract/bandit-contract.ts';
import type { Belief } from '../charts/density-rows.ts';
import type { EstimateRow } from '../charts/estimate-rows.ts';
import type { TimePoint } from '../charts/time-series.ts';
import { clock, count, counted, NONE, weightPercent, wholePercent } from '../format.ts';
import { differences, intervalWords, plainly, type Scale } from './estimate-words.ts';

export function epochFacts({ epoch, warmUp }: BanditReport): [string, string][] {
  return [
    ['Epoch', `${count(epoch.number)}, since ${clock(epoch.startedAt)}`],
    ['Weights are renewed next', epoch.renewsAt === null ? 'not while it rests' : clock(epoch.renewsAt)],
    ['Epochs with final rewards', count(epoch.closed)],
    ['Ended epochs that wait for rewards', count(epoch.waiting)],
    ['Warm-up', warmUp.complete ? 'complete' : `needs ${counted(warmUp.cellsNeeded, 'closed cell')} of each variant`],
  ];
}

/** What the log tells of one fixed split. */
export type PolicyValue = BanditReport['offPolicy'][number]['value'];

type Arm = BanditReport['posterior']['arms'][number];
/** Of the normal posterior. */
const Z95 = 1.959964;

/** What the posterior believes of each arm against the champion, which itself is where the effect is zero. */
export function beliefs(arms: Arm[], colours: Map<string, string>): Belief[] {
  return arms.flatMap(({ variant, control, effect, standardDeviation: sd }) => {
    const base = { name: variant, control, colour: colourOf(colours, variant) };
    if (control) return [{ ...base, mean: 0, standardDeviation: 0, text: 'compared with' }];
    if (effect === null || sd === null || sd <= 0) return [];
    const interval = { lower: effect - Z95 * sd, upper: effect + Z95 * sd };
    return [{ ...base, mean: effect, standardDeviation: sd, text: intervalWords(effect, interval, differences) }];
  });
}

/** Which arm leads, and how sure the posterior is. */
export function beliefTitle(arms: Arm[]): string {
  const best = arms.toSorted((a, b) => b.probabilityBest - a.probabilityBest)[0];
  return best
    ? `“${best.variant}” is the best with a chance of ${bestWords(best.probabilityBest)}, by what is known now`
    : 'Nothing is known of the variants yet';
}

/** Never 0 or 100 %: a posterior probability is neither. */
export const bestWords = (probability: number): string =>
  probability > 0.99 && probability < 1 ? `over 99\u202f%` : wholePercent(probability);

type Value = NonNullable<PolicyValue['ips']>;

export function valueRow(
  name: string,
  value: Value | null,
  scale: Scale,
  colours: Map<string, string>,
): EstimateRow | null {
  if (!value) return null;
  const { estimate, interval } = value;
  return {
    id: name,
    name,
    estimate,
    interval,
    colour: colourOf(colours, name),
    text: intervalWords(estimate, interval, scale),
  };
}

export const valueWords = (value: Value | null): string =>
  value ? intervalWords(value.estimate, value.interval, plainly) : NONE;

export const colourOf = (colours: Map<string, string>, variant: string): string =>
  colours.get(variant) ?? 'var(--variant-1)';

/** Weights in percent over time. */
export const weightPoints = ({ weights }: BanditReport): TimePoint[] =>
  weights.flatMap(({ at, weights: all }) =>
    all.map(({ variant, weight }) => ({ at: new Date(at), name: variant, value: weight * 100 })),
  );

/** Who gets most units now, and what it began with. */
export function allocationTitle({ weights }: BanditReport): string {
  const [first, last] = [weights[0], weights.at(-1)];
  const most = last?.weights.toSorted((a, b) => b.weight - a.weight)[0];
  if (!first || !most) return 'How units are given to variants';
  const before = first.weights.find(({ variant }) => variant === most.variant)?.weight ?? 0;
  return `“${most.variant}” gets ${weightPercent(most.weight)} of units now, after ${weightPercent(before)} in the first epoch`;
}

export const regretPoints = ({ overTime }: BanditReport): TimePoint[] =>
  overTime.flatMap(({ at, regret }) => (regret === null ? [] : [{ at: new Date(at), name: 'regret', value: regret }]));

/** "a:0.3,b:0.7", as the server reads a split; null with what is wrong with it. */
export function splitOf(weights: Record<string, string>): { split: string } | { wrong: string } {
  const numbers = Object.entries(weights).map(([variant, text]) => [variant, readPercent(text)] as const);
  const bad = numbers.find(([, value]) => value === null);
  if (bad) return { wrong: `The share of “${bad[0]}” must be a number from 0 to 100.` };
  const sum = numbers.reduce((total, [, value]) => total + (value ?? 0), 0);
  if (Math.abs(sum - 100) > 1e-6)
    return { wrong: `The shares sum to ${Number(sum.toFixed(4))}\u202f%, not 100\u202f%.` };
  return { split: numbers.map(([variant, value]) => `${variant}:${(value ?? 0) / 100}`).join(',') };
}

function readPercent(text: string): number | null {
  const value = text.trim() === '' ? Number.NaN : Number(text.trim().replace(',', '.'));
  return value >= 0 && value <= 100 ? value : null;
}
