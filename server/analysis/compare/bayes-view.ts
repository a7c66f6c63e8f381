import { betaComparison, betaThreshold, effectPosterior, normalQuantile } from '../../../stats/index.ts';
import type { Comparison } from '../../contract/report-contract.ts';
import { oneOf, percent } from '../phrases.ts';
import type { Compared } from './compare-input.ts';
import { peekingCost } from './peeking-cost.ts';
import { relativeEffect } from './relative-effect.ts';

/** How large relative effects on a metric tend to be, from past experiments; around 0, as either sign is possible. */
export interface EffectPrior {
  mean: 0;
  standardDeviation: number;
  experiments: number;
}

export interface BayesInput {
  compared: Pick<Compared, 'pair' | 'counts'>;
  prior: EffectPrior | null;
  direction: 'increase' | 'decrease';
  /** Of the credible interval: the plan's, as a belief does not depend on the number of looks. */
  level: number;
  /** Information on this comparison at every look so far, this one last, in any unit. */
  information: readonly number[];
}

type BayesView = NonNullable<Comparison['bayes']>;
type Belief = Pick<BayesView, 'probabilityBetter' | 'expectedLoss' | 'interval'>;

/** The second view at a look: what is believed of the relative effect; null where the control may be 0. Never decides. */
export function bayesView(input: BayesInput): BayesView | null {
  const { counts } = input.compared;
  const belief = normalBelief(input);
  if (counts && (input.prior === null || belief === null)) {
    return { prior: sentenceOf(null), ...rateBelief(input, counts), peekingCost: peekingCost(input.information, 0) };
  }
  if (!belief) return null;
  const cost = peekingCost(input.information, weightOfPrior(input));
  return { prior: sentenceOf(input.prior), ...belief, peekingCost: cost };
}

/** Information of the prior by that of the data at this look; 0 for a flat one. */
function weightOfPrior({ compared, prior }: BayesInput): number {
  const relative = compared.pair && relativeEffect(compared.pair);
  return prior && relative ? (relative.standardError / prior.standardDeviation) ** 2 : 0;
}

function sentenceOf(prior: EffectPrior | null): string {
  if (prior === null) return 'Flat: nothing is assumed of the effect before the data.';
  const { standardDeviation, experiments } = prior;
  return `From ${oneOf(experiments, 'past experiment', 'past experiments')} with this metric: effects spread by ${percent(standardDeviation)} around 0.`;
}

/** A normal belief of the relative effect; its error holds that of the control too (delta method). */
function normalBelief({ compared, prior, direction, level }: BayesInput): Belief | null {
  const relative = compared.pair && relativeEffect(compared.pair);
  if (!relative) return null;
  const { estimate, standardError } = relative;
  const posterior = effectPosterior(estimate, standardError, prior ?? undefined, { level });
  const up = direction === 'increase';
  return {
    probabilityBetter: up ? posterior.probabilityPositive : posterior.probabilityNegative,
    expectedLoss: {
      ifShipped: up ? posterior.lossTreatment : posterior.lossControl,
      ifKept: up ? posterior.lossControl : posterior.lossTreatment,
    },
    interval: { ...posterior.interval },
  };
}

/** Beta beliefs from a flat prior of both rates, exact also with no events. */
function rateBelief({ direction, level }: BayesInput, counts: NonNullable<Compared['counts']>): Belief {
  const control = { alpha: counts.control.x + 1, beta: counts.control.n - counts.control.x + 1 };
  const arm = { alpha: counts.arm.x + 1, beta: counts.arm.n - counts.arm.x + 1 };
  const belief = betaComparison(control, arm, { level });
  const up = direction === 'increase';
  const [lossArm, lossControl] = [belief.lossTreatment, belief.lossControl].map((loss) => loss / belief.meanControl);
  const lift = (probability: number) => liftQuantile(control, arm, probability);
  return {
    probabilityBetter: up ? belief.probabilityTreatmentBetter : belief.probabilityControlBetter,
    expectedLoss: {
      ifShipped: (up ? lossArm : lossControl) ?? 0,
      ifKept: (up ? lossControl : lossArm) ?? 0,
    },
    interval: { lower: lift((1 - level) / 2), upper: lift((1 + level) / 2) },
  };
}

type Beta = Parameters<typeof betaThreshold>[0];

/**
 * The lift that is exceeded with 1 - probability: its logarithm is nearly normal, so that Newton's step with the
 * spread of the logarithm, on the normal scale of the probability, takes a few rounds; bisection where it leaves them.
 */
function liftQuantile(control: Beta, arm: Beta, probability: number): number {
  const target = normalQuantile(probability);
  const spread = Math.sqrt(1 / control.alpha + 1 / arm.alpha);
  const centre = Math.log((arm.alpha / (arm.alpha + arm.beta)) * ((control.alpha + control.beta) / control.alpha));
  let [low, high] = [centre - 60 * spread, centre + 60 * spread];
  let x = centre + target * spread;
  for (let k = 0; k < 60; k++) {
    const { probabilityLift } = betaThreshold(control, arm, { difference: 0, lift: Math.expm1(x) });
    const gap = target + normalQuantile(Math.min(1, Math.max(0, probabilityLift)));
    if (Math.abs(gap) < 1e-7) break;
    if (gap > 0) low = x;
    else high = x;
    const next = x + gap * spread;
    x = next > low && next < high ? next : (low + high) / 2;
  }
  return Math.expm1(x);
}
