import {
  asymptoticSequence,
  bernoulliSequence,
  type CoMoments,
  type Interval,
  normalQuantile,
  normalSf,
  ratioOfSums,
  sequentialWidth,
} from '../../../stats/index.ts';
import type { ShadowLimits } from '../../db/schema-types.ts';
import type { UnitSums } from './shadow-result.ts';

/** Units, of equal weight, below which no interval is given: its error is not known well enough. */
export const LEAST_UNITS = 100;
/** Units with a rare event below which its interval does not rest on the normal approximation. */
const RARE_UNITS = 30;

/** How the intervals of a phase are made; fixed before it starts. */
export interface ShadowDesign {
  /** Of every interval: all limits of the gate together err with at most 1 - the plan's level. */
  level: number;
  /** Units at which intervals are narrowest. */
  tunedTo: number;
  /** The same for what is measured only where the champion was called twice. */
  tunedToReference: number;
}

/** rate: values are 0 or 1; rate_difference: of two rates; value: any number; ratio: divided by another sum. */
export type EstimateKind = 'rate' | 'rate_difference' | 'value' | 'ratio';

export type ShadowEstimate =
  | { status: 'ok'; estimate: number; interval: Interval; units: number; decisions: number }
  /** `estimate` is null without a single decision. */
  | { status: 'insufficient'; estimate: number | null; missing: string; units: number; decisions: number };

/** With up to two limits the plan's level, as each can fail on one side only; with more it grows. */
export function shadowDesign(planLevel: number, gate: ShadowLimits, referenceShare: number): ShadowDesign {
  const { agreement, errorRateIncrease, latencyRatio, lossIncrease } = gate;
  const limits = [agreement, errorRateIncrease, latencyRatio, lossIncrease].filter((each) => each !== null).length;
  const tunedTo = Math.max(LEAST_UNITS, gate.minimumComparisons);
  return {
    level: 1 - (1 - planLevel) * Math.min(1, 2 / Math.max(1, limits)),
    tunedTo,
    tunedToReference: Math.max(LEAST_UNITS, gate.minimumComparisons * referenceShare),
  };
}

/**
 * A mean over decisions with an interval that holds however often one looks: the asymptotic confidence sequence with the
 * error clustered by unit. Where an event is rare the exact sequence of a rate over units of equal weight is joined to it.
 */
export function shadowEstimate(
  sums: UnitSums | null | undefined,
  kind: EstimateKind,
  { level, tunedTo }: Pick<ShadowDesign, 'level' | 'tunedTo'>,
): ShadowEstimate {
  if (!sums || sums.decisions === 0) {
    return {
      status: 'insufficient',
      estimate: null,
      missing: 'There are no decisions of it yet.',
      units: 0,
      decisions: 0,
    };
  }
  const { units, decisions } = sums;
  const without = (estimate: number | null, missing: string): ShadowEstimate => ({
    status: 'insufficient',
    estimate,
    missing,
    units,
    decisions,
  });
  const found = ratioOfSums(coMoments(sums));
  if (found.status !== 'ok') {
    return without(units === 1 && sums.divisorMean !== 0 ? sums.mean / sums.divisorMean : null, tooFewUnits(sums));
  }
  const estimate = found.ratio;
  if (sums.effectiveUnits < LEAST_UNITS) return without(estimate, tooFewUnits(sums));
  const normal = normalSequence(estimate, found.standardError, units, { level, tunedTo });
  const ok = (interval: Interval): ShadowEstimate => ({ status: 'ok', estimate, interval, units, decisions });
  if (kind === 'rate' || kind === 'rate_difference') {
    const bounds = kind === 'rate' ? { lower: 0, upper: 1 } : { lower: -1, upper: 1 };
    const rare = isRare(sums, kind) ? rareInterval(sums, kind, { level, tunedTo }) : normal;
    return ok({
      lower: Math.max(bounds.lower, Math.min(normal.lower, rare.lower)),
      upper: Math.min(bounds.upper, Math.max(normal.upper, rare.upper)),
    });
  }
  const differing = sums.upUnits + sums.downUnits;
  if (kind === 'value' && differing > 0 && differing < RARE_UNITS) {
    return without(estimate, `Only ${differing} of at least ${RARE_UNITS} units differ, too few to say by how much.`);
  }
  return ok(normal);
}

/** Rounding may lift a product over what its squares allow. */
function coMoments({ units, mean, divisorMean, squares, products, divisorSquares }: UnitSums): CoMoments {
  const most = Math.sqrt(squares) * Math.sqrt(divisorSquares);
  const product = Math.max(-most, Math.min(most, products));
  return {
    n: units,
    means: [mean, divisorMean],
    products: [
      [squares, product],
      [product, divisorSquares],
    ],
  };
}

function tooFewUnits({ units, effectiveUnits }: UnitSums): string {
  const worth = Math.floor(effectiveUnits);
  const as = worth < units ? `, which weigh as much as ${worth} of equal size` : '';
  return `${units} ${units === 1 ? 'unit' : 'units'}${as}: at least ${LEAST_UNITS} are needed.`;
}

/** Values that are all the same give an interval of one point. */
export function normalSequence(
  estimate: number,
  standardError: number,
  units: number,
  { level, tunedTo }: Pick<ShadowDesign, 'level' | 'tunedTo'>,
): Interval {
  if (standardError === 0) return { lower: estimate, upper: estimate };
  const { halfWidth } = asymptoticSequence({ estimate, standardError, n: units, tunedTo, level });
  return { lower: estimate - halfWidth, upper: estimate + halfWidth };
}

function isRare({ upUnits, downUnits }: UnitSums, kind: 'rate' | 'rate_difference'): boolean {
  return (kind === 'rate' ? Math.min(upUnits, downUnits) : upUnits + downUnits) < RARE_UNITS;
}

/** Units of equal weight in place of decisions, so that failures may cluster in them at will. */
function rareInterval(
  sums: UnitSums,
  kind: 'rate' | 'rate_difference',
  { level, tunedTo }: Pick<ShadowDesign, 'level' | 'tunedTo'>,
): Interval {
  const trials = Math.floor(sums.effectiveUnits);
  const limits = (share: number, at: number): Interval => ({
    lower: bernoulliSequence(Math.floor(share * trials), trials, { tunedTo }, at).lower,
    upper: bernoulliSequence(Math.min(trials, Math.ceil(share * trials)), trials, { tunedTo }, at).upper,
  });
  if (kind === 'rate') return limits(sums.up / sums.decisions, level);
  const half = (1 + level) / 2;
  const [up, down] = [limits(sums.up / sums.decisions, half), limits(sums.down / sums.decisions, half)];
  return { lower: up.lower - down.upper, upper: up.upper - down.lower };
}

/** The level at which an interval of one look is as wide as one that holds at all looks. */
export function lookLevel(units: number, { level, tunedTo }: Pick<ShadowDesign, 'level' | 'tunedTo'>): number {
  const z = normalQuantile((1 + level) / 2) * sequentialWidth({ n: units, tunedTo, level }).ratio;
  return 1 - 2 * normalSf(z);
}
