import type { Comparison, RelativeSet } from '../contract/report-contract.ts';

type Interval = { lower: number; upper: number };

const CHANGED =
  'The interval of this look and that of earlier ones have no value in common: the effect has changed, or one of them missed it. Look at the effect over time.';

/**
 * What an always-valid comparison says after all looks so far: the least p, and the values that no look has excluded.
 * `before` is the look before under the same promise, null for none. A planned look stands for itself.
 */
export function soFar(
  now: Comparison,
  own: { pValue: number; log10P: number } | null,
  before: Comparison | null,
): Comparison {
  const p = least(own, before);
  if (!before) return { ...now, ...p };
  const earlier = before.difference?.interval ?? null;
  const kept = now.difference && { ...now.difference, interval: common(now.difference.interval, earlier) };
  const apart = isApart(now.difference?.interval ?? null, earlier);
  return {
    ...now,
    ...p,
    difference: kept,
    relative: now.relative && { ...now.relative, set: commonSet(now.relative.set, before.relative?.set ?? null) },
    warnings: apart ? [...now.warnings, CHANGED] : now.warnings,
  };
}

function least(
  own: { pValue: number; log10P: number } | null,
  before: Comparison | null,
): Pick<Comparison, 'pValue' | 'log10P'> {
  if (before?.pValue != null && (!own || (before.log10P ?? 0) < own.log10P)) {
    return { pValue: before.pValue, log10P: before.log10P };
  }
  return own ?? { pValue: null, log10P: null };
}

/** Values in both; where there are none those of the look that first excluded 0, to which the least p belongs. */
function common(now: Interval | null, earlier: Interval | null): Interval | null {
  if (!now || !earlier) return now ?? earlier;
  if (isApart(now, earlier)) return earlier.lower <= 0 && earlier.upper >= 0 ? now : earlier;
  return { lower: Math.max(now.lower, earlier.lower), upper: Math.min(now.upper, earlier.upper) };
}

function isApart(now: Interval | null, earlier: Interval | null): boolean {
  return now !== null && earlier !== null && (now.lower > earlier.upper || now.upper < earlier.lower);
}

function commonSet(now: RelativeSet, earlier: RelativeSet | null): RelativeSet {
  if (earlier?.shape !== 'bounded') return now;
  if (now.shape !== 'bounded') return earlier;
  const open = (set: typeof earlier): Interval => ({ lower: set.lower, upper: set.upper ?? Number.POSITIVE_INFINITY });
  const { lower, upper } = common(open(now), open(earlier)) ?? open(now);
  return { shape: 'bounded', lower, upper: Number.isFinite(upper) ? upper : null };
}
