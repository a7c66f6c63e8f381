import { betaQuantile, betaUpperQuantile } from '../distributions/beta.ts';
import type { Interval } from '../domain.ts';
import type { Proportion } from './proportion.ts';

/** Up to this many tables, and units, every table and every common rate counts. */
const MOST_TABLES = 100_000;
const MOST_UNITS = 1000;
/** The most values of both arms together that are walked; beyond it the score test needs no help. */
const MOST_VALUES = 2500;
/** Chance that the rates lie outside their confidence set (Berger and Boos 1994); it is added to p. */
const OUTSIDE = 1e-10;
/** Each end of a window leaves out at most e^-40 = 4e-18. */
const LOG_LEFT_OUT = 40;

/** The tables that are enumerated, and the rates under which they are. */
export interface PlausibleTables {
  readonly rateA: Interval;
  readonly rateB: Interval;
  /** First and last number of events per arm. */
  readonly valuesA: Interval;
  readonly valuesB: Interval;
  /** An upper bound of all that was left out; added to every p. 0 where nothing was. */
  readonly leftOut: number;
}

/**
 * All tables and rates where they are few. Otherwise the rates in a joint confidence set of level 1 - 1e-10, and the
 * tables that any of them makes likelier than e^-40; `null` where these are too many as well.
 */
export function plausibleTables(control: Proportion, treatment: Proportion): PlausibleTables | null {
  const units = control.n + treatment.n;
  if (units <= MOST_UNITS && (control.n + 1) * (treatment.n + 1) <= MOST_TABLES) {
    const all = { lower: 0, upper: 1 };
    const valuesA = { lower: 0, upper: control.n };
    const valuesB = { lower: 0, upper: treatment.n };
    return { rateA: all, rateB: all, valuesA, valuesB, leftOut: 0 };
  }
  const rateA = rateLimits(control);
  const rateB = rateLimits(treatment);
  const valuesA = likelyValues(control.n, rateA);
  const valuesB = likelyValues(treatment.n, rateB);
  if (valuesA.upper - valuesA.lower + valuesB.upper - valuesB.lower > MOST_VALUES) return null;
  return { rateA, rateB, valuesA, valuesB, leftOut: OUTSIDE + 4 * Math.exp(-LOG_LEFT_OUT) };
}

/** Clopper and Pearson's limits; both arms' hold together with probability at least 1 - OUTSIDE. */
function rateLimits({ x, n }: Proportion): Interval {
  return {
    lower: x === 0 ? 0 : betaQuantile(OUTSIDE / 4, x, n - x + 1),
    upper: x === n ? 1 : betaUpperQuantile(OUTSIDE / 4, x + 1, n - x),
  };
}

/** The values outside which Chernoff's bound is below e^-40 for every rate within the limits. */
function likelyValues(n: number, rate: Interval): Interval {
  const unlikely = (value: number, p: number): boolean => n * divergence(value / n, p) >= LOG_LEFT_OUT;
  const lower = firstInside(-1, Math.floor(n * rate.lower), (value) => value >= 0 && !unlikely(value, rate.lower));
  const upper = firstInside(n + 1, Math.ceil(n * rate.upper), (value) => value <= n && !unlikely(value, rate.upper));
  return { lower, upper };
}

function firstInside(outside: number, inside: number, isInside: (value: number) => boolean): number {
  let far = outside;
  let near = inside;
  while (Math.abs(near - far) > 1) {
    const middle = Math.floor((near + far) / 2);
    if (isInside(middle)) near = middle;
    else far = middle;
  }
  return near;
}

/** Kullback and Leibler's divergence of the rate p from the share s. */
function divergence(s: number, p: number): number {
  const part = (a: number, b: number): number => (a === 0 ? 0 : a * Math.log(a / b));
  return part(s, p) + part(1 - s, 1 - p);
}
