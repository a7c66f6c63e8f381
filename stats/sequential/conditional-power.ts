import { normalSf } from '../distributions/normal.ts';
import { requireFinite } from '../domain.ts';

/** What an interim result promises for the end. */
export interface ConditionalPower {
  /** Probability that z at the end is above the critical value, if the effect is as planned. */
  readonly planned: number;
  /** The same if the effect is as seen so far. */
  readonly currentTrend: number;
  /** The same if there is no effect. */
  readonly null: number;
}

/**
 * The chance that the test rejects at the end, given what an interim look shows. For judging futility, not for stopping
 * early with a claim: it spends no error probability.
 *
 * Input: z at the look; t, its information as a fraction of the end's, strictly between 0 and 1; the critical z at the end;
 * the drift planned for: expected z at the end. Output: {@link ConditionalPower}, upper side only.
 * Error: relative 1e-14. Assumes: no stop between this look and the end.
 * Source: Lan and Wittes 1988 (B-values): Φ((z √t + θ (1 - t) - c) / √(1 - t)).
 * @throws RangeError if t is not between 0 and 1, or another number is not finite.
 * @example
 * conditionalPower({ z: 1, t: 0.5, critical: 1.96, drift: 2.8 }).planned; // 0.5824...
 */
export function conditionalPower(look: {
  readonly z: number;
  readonly t: number;
  readonly critical: number;
  readonly drift: number;
}): ConditionalPower {
  const { z, t, critical, drift } = look;
  requireFinite('z', z);
  if (!(t > 0 && t < 1)) throw new RangeError(`t must be between 0 and 1, got ${String(t)}`);
  requireFinite('critical', critical);
  requireFinite('drift', drift);
  const rest = Math.sqrt(1 - t);
  const under = (theta: number): number => normalSf((critical - z * Math.sqrt(t) - theta * (1 - t)) / rest);
  return { planned: under(drift), currentTrend: under(z / Math.sqrt(t)), null: under(0) };
}
