/**
 * Comparison of an answer with the expectation, by the rules of the ground truth's README, and two of our own: a statistic
 * that is the rounding noise of an exact 0 is compared as 0 is ({@link NOISE}), and a value known to be wrong is replaced
 * (corrected-expectations.ts).
 */
import { correctionOf } from './corrected-expectations.ts';

export interface Comparison {
  /** Number of values compared. */
  compared: number;
  /** One line per value that deviates by more than the tolerance. */
  readonly failures: string[];
  /** The largest relative deviation (absolute where 0 is expected); `Infinity` for a wrong type. */
  largest: number;
  /** Names of the expected fields that the library does not offer. */
  readonly notOffered: Set<string>;
  /** One line per expected value that was replaced because it is wrong. */
  readonly corrected: string[];
}

/** Below this a p-value is compared by its logarithm. */
const LEAST_PLAIN_P = 1e-300;
/**
 * A statistic, slope or difference can have either sign, and one whose expected size is below this is what rounding left
 * of an exact 0 in the tool that made it: no other sum of the same terms meets its digits, so it is compared absolutely.
 * Probabilities, densities, variances and counts cannot: theirs are true small values.
 */
const NOISE = 1e-13;
const SIGNED = /^(t|z|diff|slope|theta|coefficient)(_|$)/;
const SPECIAL: Readonly<Record<string, number>> = {
  inf: Number.POSITIVE_INFINITY,
  Infinity: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** `id` names the case, for the table of corrected values. */
export function compare(expected: unknown, actual: unknown, tolerance: number, id = ''): Comparison {
  const result: Comparison = { compared: 0, failures: [], largest: 0, notOffered: new Set(), corrected: [] };
  visit({ id, path: '', expected, actual, tolerance, result });
  return result;
}

interface Visit {
  readonly id: string;
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly tolerance: number;
  readonly result: Comparison;
}

function visit(v: Visit): void {
  const { path, expected, actual, result } = v;
  if (actual === undefined) {
    result.notOffered.add(path.replace(/\[\d+\]/g, ''));
    return;
  }
  if (Array.isArray(expected)) visitList(v, expected);
  else if (expected !== null && typeof expected === 'object') visitFields(v, expected);
  else record(v, plain(corrected(v)));
}

function corrected({ id, path, expected, result }: Visit): unknown {
  const correction = correctionOf(id, path, expected);
  if (!correction) return expected;
  result.corrected.push(`${id} ${path}: ${correction.printed} is ${correction.right} (${correction.established})`);
  return correction.right;
}

/** Strings for infinities as numbers; "NaN" is one more way to write undefined. */
function plain(expected: unknown): unknown {
  if (expected === 'NaN') return null;
  return typeof expected === 'string' && Object.hasOwn(SPECIAL, expected) ? SPECIAL[expected] : expected;
}

function visitList(v: Visit, expected: readonly unknown[]): void {
  const { path, actual } = v;
  if (!Array.isArray(actual) || actual.length !== expected.length) {
    record(v, expected);
    return;
  }
  expected.forEach((item, index) => {
    visit({ ...v, path: `${path}[${index}]`, expected: item, actual: actual[index] });
  });
}

function visitFields(v: Visit, expected: object): void {
  const { path, actual } = v;
  if (actual === null || typeof actual !== 'object') {
    record(v, expected);
    return;
  }
  for (const [key, value] of Object.entries(expected)) {
    const field = (actual as Record<string, unknown>)[key];
    visit({ ...v, path: path === '' ? key : `${path}.${key}`, expected: value, actual: field });
  }
}

function record({ path, actual, tolerance, result }: Visit, wanted: unknown): void {
  const deviation = deviationOf(path, wanted, actual);
  result.compared += 1;
  result.largest = Math.max(result.largest, deviation);
  if (!(deviation <= tolerance)) {
    result.failures.push(`${path || 'answer'}: expected ${JSON.stringify(wanted)}, got ${String(actual)}`);
  }
}

/** Relative deviation, absolute where 0 is expected; 0 for equality, `Infinity` where the kinds differ. */
function deviationOf(path: string, wanted: unknown, actual: unknown): number {
  if (typeof wanted !== 'number' || typeof actual !== 'number') return wanted === actual ? 0 : Number.POSITIVE_INFINITY;
  if (Number.isNaN(actual)) return Number.POSITIVE_INFINITY;
  if (wanted === actual) return 0;
  if (!Number.isFinite(wanted) || !Number.isFinite(actual)) return Number.POSITIVE_INFINITY;
  // a bound, not a value: what is claimed to hold "within" it
  if (path.endsWith('_within')) return actual <= wanted ? 0 : Number.POSITIVE_INFINITY;
  if (wanted === 0 && isProbability(path)) return actual < LEAST_PLAIN_P ? 0 : Number.POSITIVE_INFINITY;
  if (wanted > 0 && wanted < LEAST_PLAIN_P && actual > 0) {
    return Math.abs(Math.log10(actual) / Math.log10(wanted) - 1);
  }
  if (wanted === 0) return Math.abs(actual);
  if (Math.abs(wanted) < NOISE && SIGNED.test(nameOf(path))) return Math.abs(actual - wanted);
  return Math.abs(actual - wanted) / Math.abs(wanted);
}

function isProbability(path: string): boolean {
  const name = nameOf(path);
  return name === 'p' || name.startsWith('p_') || name.endsWith('_p') || name === 'sf' || name === 'cdf';
}

/** The field's own name: the last part of its path, without indices. */
function nameOf(path: string): string {
  return (
    path
      .replace(/\[\d+\]/g, '')
      .split('.')
      .at(-1) ?? ''
  );
}
