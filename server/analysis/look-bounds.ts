import {
  asymptoticSequence,
  groupSequentialBoundary,
  normalMixtureTest,
  normalQuantile,
  normalTwoSidedP,
  type TrialTuning,
} from '../../stats/index.ts';
import type { Tested } from './compare/compare-input.ts';

/** What the rule of a look asks of one comparison. Every alpha is two-sided and holds over all looks of the plan. */
export interface LookRule {
  name: 'fixed' | 'group_sequential' | 'always_valid';
  /** |z| at which this look concludes; `Infinity`: it cannot. */
  criticalZ(alpha: number): number;
  /** The p-value over all looks: below alpha exactly where |z| is above `criticalZ(alpha)`. */
  validP(tested: Tested): { pValue: number; log10P: number } | null;
  /** Error probability spent up to this look; null when it is not a matter of looks. */
  spent(alpha: number): number | null;
  /** ln of the e-value over all looks. */
  logE(tested: Tested): number | null;
  /** Where rates are compared by the exact band: what it is tuned to. */
  band?: TrialTuning;
}

/** Part of alpha for planned looks; the rest is for looks after the last of them (docs/adr/0011). */
export const PLANNED_SHARE = 0.9;

/** From here on the level that a bound stands for has no digits left below 1. */
const HIGHEST_Z = 8.1;

/** The level at which a test by itself rejects from `z` on; null: so high that nothing is concluded. */
export function levelOf(z: number): number | null {
  return z > HIGHEST_Z ? null : 1 - normalTwoSidedP(z).p;
}

export const fixedRule: LookRule = {
  name: 'fixed',
  criticalZ: (alpha) => -normalQuantile(alpha / 2),
  validP: ({ pValue, log10P }) => (pValue === null ? null : { pValue, log10P: log10P ?? Math.log10(pValue) }),
  spent: (alpha) => alpha,
  logE: () => null,
};

/**
 * Lan–DeMets bounds with O'Brien–Fleming spending of 0.9 alpha. `information`: of the looks so far, this one last, in any
 * unit; `spendingTimes`: the shares of the plan reached at them.
 */
export function plannedRule(information: number[], spendingTimes: number[]): LookRule {
  const boundAt = boundsOf(information, spendingTimes);
  return {
    name: 'group_sequential',
    criticalZ: (alpha) => boundAt(PLANNED_SHARE * alpha).z,
    validP: ({ z }) => (z === null ? null : sharedP(logAlphaOf(boundAt, Math.abs(z)), PLANNED_SHARE)),
    spent: (alpha) => boundAt(PLANNED_SHARE * alpha).spent,
    logE: () => null,
  };
}

/** Of the alpha for always-valid looks, in a comparison that starts with few events: to the exact band, and to what follows. */
export const EXACT_SHARE = 0.1;

/** A normal mixture whose variance is `ratio` times that of the estimate now; `share`: its part of alpha. */
export function alwaysValidRule(ratio: number, share = 1): LookRule {
  const test = (z: number, alpha: number) =>
    normalMixtureTest({ estimate: z, variance: 1, mixingVariance: ratio, level: 1 - alpha });
  const logE = (z: number) => test(z, 0.05).logE;
  return {
    name: 'always_valid',
    criticalZ: (alpha) => test(0, share * alpha).criticalZ,
    validP: ({ z }) => (z === null ? null : sharedP(-Math.max(0, logE(z)), share)),
    spent: () => null,
    logE: ({ z }) => (z === null ? null : logE(z) + Math.log(share)),
  };
}

/** The exact band of two rates, whose test holds over all looks by itself; `share`: its part of alpha. */
export function exactRule(band: TrialTuning, share: number): LookRule {
  return {
    name: 'always_valid',
    criticalZ: (alpha) => -normalQuantile((share * alpha) / 2),
    validP: ({ log10P }) => (log10P === null ? null : sharedP(log10P * Math.LN10, share)),
    spent: () => null,
    logE: ({ logE }) => (logE === undefined ? null : logE + Math.log(share)),
    band,
  };
}

/** After the last planned look: a share of alpha, the band narrowest at twice the information of that look. */
export function afterPlanRule(information: number, atLastPlanned: number, alpha: number, share: number): LookRule {
  const { rho } = asymptoticSequence({
    estimate: 0,
    standardError: 1,
    n: information,
    tunedTo: 2 * atLastPlanned,
    level: 1 - share * alpha,
  });
  return alwaysValidRule(rho * rho * information, share);
}

function sharedP(logP: number, share: number): { pValue: number; log10P: number } {
  const log = Math.min(0, logP - Math.log(share));
  return { pValue: Math.exp(log), log10P: log === 0 ? 0 : log / Math.LN10 };
}

interface Bound {
  /** √(-2 ln alpha), in which bounds are nearly straight. */
  scale: number;
  z: number;
  spent: number;
}

type Bounds = ((alpha: number) => Bound) & { known: Bound[] };

/** Metrics of one look, and the looks of a simulation, have the same times over and over. */
const recent = new Map<string, Bounds>();
const MOST_RECENT = 100;

/** The bound of the last of these looks as a function of alpha; each alpha is computed once. */
function boundsOf(information: number[], spendingTimes: number[]): Bounds {
  const last = information.at(-1) ?? 1;
  const times = information.map((each) => each / last);
  const key = JSON.stringify([times, spendingTimes]);
  const found = recent.get(key);
  if (found) return found;
  const known: Bound[] = [];
  const compute = (alpha: number): Bound => {
    const scale = Math.sqrt(-2 * Math.log(alpha));
    const before = known.find((each) => each.scale === scale);
    if (before) return before;
    const { z, spent } = groupSequentialBoundary({ type: 'obrien_fleming' }, times, { alpha, spendingTimes });
    const bound = { scale, z: z.at(-1) ?? Number.POSITIVE_INFINITY, spent: spent.at(-1) ?? 0 };
    known.push(bound);
    known.sort((a, b) => a.scale - b.scale);
    return bound;
  };
  const bounds = Object.assign(compute, { known });
  const oldest = recent.keys().next().value;
  if (recent.size >= MOST_RECENT && oldest !== undefined) recent.delete(oldest);
  recent.set(key, bounds);
  return bounds;
}

/** Bounds are kept on a grid of this width in scale; a straight line between two errs by less than 1e-7 of the p-value. */
const GRID = 2e-3;
const LEAST_ALPHA = 1e-290;
const MOST_ALPHA = Math.exp(-1e-9);

/** ln of the alpha at which the bound of this look is z: 0 at most; not followed below 1e-290. */
function logAlphaOf(boundAt: Bounds, z: number): number {
  if (z <= boundAt(MOST_ALPHA).z) return 0;
  if (z >= boundAt(LEAST_ALPHA).z) return Math.log(LEAST_ALPHA);
  for (;;) {
    const place = boundAt.known.findIndex((each) => each.z >= z);
    const below = boundAt.known[place - 1]!;
    const above = boundAt.known[place]!;
    const width = above.scale - below.scale;
    const part = Number.isFinite(above.z) ? (z - below.z) / (above.z - below.z) : 0.5;
    const straight = below.scale + part * width;
    if (width <= GRID * 1.001) return logAlpha(straight);
    const node = Math.floor(straight / GRID) * GRID;
    const inside = node > below.scale + GRID / 1e4 ? node : Math.min(node + GRID, below.scale + width / 2);
    boundAt(Math.exp(logAlpha(inside)));
  }
}

function logAlpha(scale: number): number {
  return (-scale * scale) / 2;
}
