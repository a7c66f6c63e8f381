import { count, oneOf, percent, quantity } from '../../analysis/phrases.ts';
import type { BanditSettings } from '../../db/schema-types.ts';
import type { BanditPosterior } from './posterior.ts';
import type { SplitValue } from './split-value.ts';

/** What people read before the numbers of a bandit. */

const METHODS: Record<BanditSettings['posterior'], string> = {
  period_contrasts: 'Arms are compared within hours only, so that rewards that drift for all do not mislead it',
  beta_bernoulli: 'All periods are pooled (beta-Bernoulli): right only while rewards do not drift',
  normal: 'All periods are pooled (normal): right only while rewards do not drift',
};

export function posteriorSentence(posterior: BanditPosterior, variants: string[], settings: BanditSettings): string {
  if (posterior.status === 'warm_up')
    return `${warmUpSentence(posterior, settings)} Until then all variants share alike.`;
  const best = posterior.arms.reduce(
    (top, each, arm, all) => (each.probabilityBest > (all[top]?.probabilityBest ?? 0) ? arm : top),
    0,
  );
  return `"${variants[best]}" is the best with ${chance(posterior.arms[best]?.probabilityBest ?? 0)}. ${METHODS[settings.posterior]}.`;
}

/** A posterior is never certain. */
const chance = (probability: number): string =>
  probability > 0.999 ? `a chance of more than ${percent(0.999)}` : `a chance of ${percent(probability)}`;

export function warmUpSentence({ status, arms }: BanditPosterior, { warmUpCells }: BanditSettings): string {
  const fewest = Math.min(...arms.map((each) => each.cells));
  if (status === 'ready') return 'The warm-up is complete: weights follow the posterior.';
  if (fewest >= warmUpCells) return 'Warm-up: rewards have not varied yet.';
  return `Warm-up: ${count(fewest)} of ${count(warmUpCells)} closed cells in the variant that has fewest.`;
}

export function openSentence(decisions: number, open: number, waitSeconds: number): string {
  if (decisions === 0) return 'No decision has been received yet.';
  return `${count(open)} of ${oneOf(decisions, 'decision', 'decisions')} (${percent(open / decisions)}) are open: their rewards may still come until ${duration(waitSeconds)} after the decision.`;
}

export function regretSentence(total: number | null): string {
  const what = 'rewards given up in closed cells against always giving the variant that now looks best';
  if (total === null) return `Regret: ${what}; it can be estimated once the warm-up is complete.`;
  return `About ${quantity(total)} ${what}, an estimate that changes with what is learnt.`;
}

export function splitSentence(name: string, { status, missing, doublyRobust }: Omit<SplitValue, 'sentence'>): string {
  if (status === 'insufficient')
    return `The log cannot tell what ${lowerFirst(name)} would have earned: it needs ${missing}.`;
  if (!doublyRobust) return `The log cannot tell what ${lowerFirst(name)} would have earned.`;
  const { estimate, interval } = doublyRobust;
  return `${name} would have earned about ${quantity(estimate)} (${quantity(interval.lower)} to ${quantity(interval.upper)}) per decision.`;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** "90 s", "15 min", "2 h", "3 days". */
export function duration(seconds: number): string {
  const units = [
    [86_400, 'days'],
    [3_600, 'h'],
    [60, 'min'],
  ] as const;
  const found = units.find(([size]) => seconds >= 2 * size);
  return found ? `${Number((seconds / found[0]).toFixed(1))} ${found[1]}` : `${seconds} s`;
}
