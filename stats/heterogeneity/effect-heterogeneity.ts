import { chiSquareLogSf } from '../distributions/chi-square.ts';
import { requireFinite, requirePositive, requireSameLength } from '../domain.ts';
import type { NotEnough } from '../means/mean-test.ts';
import { logBinomialPmf } from '../special/log-mass.ts';
import { logAddExp, toLog10 } from '../special/log-space.ts';

/** An average of effects with its standard error. */
export interface PooledEffect {
  readonly estimate: number;
  readonly standardError: number;
}

/** How far the effects of segments differ. */
export interface EffectHeterogeneity {
  readonly status: 'ok';
  /** Weighted by precision: right where all segments share one effect. */
  readonly common: PooledEffect;
  /** Cochran's Q against "all effects are equal". */
  readonly q: number;
  readonly degreesOfFreedom: number;
  readonly p: number;
  readonly log10P: number;
  /** Share of the variation of effects beyond chance, 0 to 1. */
  readonly iSquared: number;
  /** Variance of true effects between segments (DerSimonian and Laird), at least 0. */
  readonly tauSquared: number;
  /** The mean of a population of segments. */
  readonly random: PooledEffect;
  /** Per segment, drawn towards the mean by its error: what to expect next time. Show these, not the raw ones. */
  readonly shrunken: readonly number[];
  /** Gail and Simon against "no segment is harmed while another gains" (effects of both signs). */
  readonly qualitative: { readonly statistic: number; readonly p: number; readonly log10P: number };
}

/**
 * Whether effects differ between segments, by how much, and whether some have the other sign.
 *
 * Input: per segment the effect and its standard error; segments disjoint, declared before and fixed at exposure.
 * Moments are enough. Output: {@link EffectHeterogeneity}. Error: relative 1e-12 against mpmath, also of log10 p where
 * p underflows. Assumes: independent effects, close to normal, errors known.
 * Edges: below two segments: `insufficient`; effects that are equal but for rounding: Q 0, p 1; all of one sign:
 * Gail-Simon statistic 0, p 1. An effect of 0 counts to neither sign.
 * Source: Cochran 1954; Higgins and Thompson 2002; DerSimonian and Laird 1986; Gail and Simon 1985; Morris 1983.
 * @throws RangeError if lengths differ, an effect is not finite or an error not above 0.
 * @example
 * effectHeterogeneity([0.05, -0.02], [0.02, 0.02]).p; // 0.01332...
 */
export function effectHeterogeneity(
  effects: readonly number[],
  standardErrors: readonly number[],
): EffectHeterogeneity | NotEnough {
  requireSameLength('effects', effects, 'standardErrors', standardErrors);
  effects.forEach((effect, k) => {
    requireFinite(`effects[${k}]`, effect);
    requirePositive(`standardErrors[${k}]`, standardErrors[k]!);
  });
  if (effects.length < 2) return { status: 'insufficient', missing: `${effects.length} of at least 2 segments` };
  // in units of the largest error, in which no square overflows
  const unit = Math.max(...standardErrors);
  return compareEffects(
    effects.map((effect) => effect / unit),
    standardErrors.map((error) => error / unit),
    unit,
  );
}

function compareEffects(effects: readonly number[], errors: readonly number[], unit: number): EffectHeterogeneity {
  const weights = errors.map((error) => 1 / (error * error));
  const common = pooled(effects, weights);
  const q = cochran(effects, weights, common.estimate);
  if (!Number.isFinite(q)) throw new RangeError(`effects must be finite in units of their errors, got a Q of ${q}`);
  const df = effects.length - 1;
  const sum = total(weights);
  const tauSquared = Math.max(0, (q - df) / (sum - total(weights.map((weight) => weight * (weight / sum)))));
  const random = pooled(
    effects,
    errors.map((error) => 1 / (error * error + tauSquared)),
  );
  const shrunken = effects.map((effect, k) => {
    const trust = tauSquared / (tauSquared + errors[k]! ** 2);
    return (random.estimate + trust * (effect - random.estimate)) * unit;
  });
  const log = chiSquareLogSf(q, df);
  return {
    status: 'ok',
    common: inUnits(common, unit),
    q,
    degreesOfFreedom: df,
    p: Math.exp(log),
    log10P: toLog10(log),
    iSquared: q > df ? (q - df) / q : 0,
    tauSquared: tauSquared * unit * unit,
    random: inUnits(random, unit),
    shrunken,
    qualitative: gailSimon(effects, errors),
  };
}

function inUnits({ estimate, standardError }: PooledEffect, unit: number): PooledEffect {
  return { estimate: estimate * unit, standardError: standardError * unit };
}

function pooled(effects: readonly number[], weights: readonly number[]): PooledEffect {
  const sum = total(weights);
  // about the first effect, so that equal effects give exactly this one
  const origin = effects[0]!;
  const shift = total(effects.map((effect, k) => (weights[k]! / sum) * (effect - origin)));
  return { estimate: origin + shift, standardError: 1 / Math.sqrt(sum) };
}

function cochran(effects: readonly number[], weights: readonly number[], mean: number): number {
  return total(
    effects.map((effect, k) => {
      const deviation = effect - mean;
      const rounding = 4 * Number.EPSILON * Math.max(Math.abs(effect), Math.abs(mean));
      return Math.abs(deviation) <= rounding ? 0 : weights[k]! * deviation * deviation;
    }),
  );
}

/** min(Q+, Q-) and its least favourable p: a binomial mixture of chi-squares of 1 to k - 1 degrees of freedom. */
function gailSimon(effects: readonly number[], errors: readonly number[]): EffectHeterogeneity['qualitative'] {
  const squares = (sign: 1 | -1): number =>
    total(effects.map((effect, k) => (sign * effect > 0 ? (effect / errors[k]!) ** 2 : 0)));
  const statistic = Math.min(squares(1), squares(-1));
  if (statistic === 0) return { statistic, p: 1, log10P: 0 };
  const most = effects.length - 1;
  let log = Number.NEGATIVE_INFINITY;
  for (let h = 1; h <= most; h++) {
    log = logAddExp(log, logBinomialPmf(h, most, 0.5, 0.5) + chiSquareLogSf(statistic, h));
  }
  return { statistic, p: Math.exp(log), log10P: toLog10(log) };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
