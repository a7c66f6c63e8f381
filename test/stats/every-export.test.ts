import { describe, expect, it } from 'vitest';
import * as stats from '../../stats/index.ts';
import { GOOD_CALLS } from './every-export.ts';

type Call = (...args: unknown[]) => unknown;
type Path = readonly (string | number)[];

const functions = Object.entries(stats).filter(([, value]) => typeof value === 'function') as unknown as [
  string,
  Call,
][];

/** Every place of the given kind in the arguments. */
function places(value: unknown, is: (value: unknown) => boolean, path: Path = []): Path[] {
  const here = path.length > 0 && is(value) ? [path] : [];
  if (value === null || typeof value !== 'object') return here;
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  const inner = (value: unknown, key: string | number): unknown => (value as Record<string | number, unknown>)[key];
  return [...here, ...keys.flatMap((key) => places(inner(value, key), is, [...path, key]))];
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], value);
}

/** The arguments with another value in one place. */
function changed(value: unknown, path: Path, replacement: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  const copy: Record<string | number, unknown> = Array.isArray(value)
    ? ([...value] as never)
    : { ...(value as Record<string, unknown>) };
  copy[key] = changed(copy[key], rest, replacement);
  return copy;
}

/** What a place is called: its key or, for an argument of its own, the parameter's name. */
function nameOf(call: Call, path: Path): string {
  const named = [...path].reverse().find((key) => typeof key === 'string');
  if (named !== undefined) return String(named);
  const parameters = /\(([^)]*)\)/.exec(call.toString())?.[1]?.split(',') ?? [];
  return parameters[Number(path[0])]?.split('=')[0]?.trim() ?? '';
}

function nansIn(value: unknown, path = 'answer'): string[] {
  if (typeof value === 'number') return Number.isNaN(value) ? [path] : [];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => nansIn(inner, `${path}.${key}`));
}

function attempt(call: Call, args: unknown): { error: unknown } | { answer: unknown } {
  try {
    return { answer: call(...(args as unknown[])) };
  } catch (error) {
    return { error };
  }
}

/** A clear refusal: a RangeError that says what was wrong with which argument, and what was given. */
function refusal(call: Call, args: unknown): string {
  const result = attempt(call, args);
  if (!('error' in result)) return `answered ${JSON.stringify(result.answer)}`;
  if (!(result.error instanceof RangeError)) return `threw ${String(result.error)}`;
  return /^\S.* .*got .+/s.test(result.error.message) ? 'refused' : `unclear message: ${result.error.message}`;
}

/** A refusal or an answer without NaN. */
function noNaN(call: Call, args: unknown): string {
  const result = attempt(call, args);
  if ('error' in result) return result.error instanceof RangeError ? 'fine' : `threw ${String(result.error)}`;
  const nans = nansIn(result.answer);
  return nans.length === 0 ? 'fine' : `NaN in ${nans.join(', ')}`;
}

const isNumber = (value: unknown): boolean => typeof value === 'number';
const LEVELS = /^(level|alpha|rate|alphaPlanned|alphaAfter|alphaOpt|power)$/;
const COUNTS =
  /^(n|successes|failures|trials|winsControl|winsTreatment|ties|both|controlOnly|treatmentOnly|neither|observed|cumulativeCounts)$/;
/** Arguments that only another function of the library makes. */
const OWN_WORK: Readonly<Record<string, number>> = { linFromSums: 0 };
/** Where "alpha" is the shape of a posterior, "n" a measure of information, or no error may be left for later. */
const OTHER_MEANING: Readonly<Record<string, RegExp>> = {
  betaBestArm: /alpha/,
  betaComparison: /alpha/,
  betaThreshold: /alpha/,
  meanPosterior: /alpha/,
  handOverBoundary: /alphaAfter/,
  asymptoticSequence: /n/,
  oneSidedAsymptoticSequence: /n/,
  sequentialWidth: /n/,
  betaBinomialEValue: /successes|failures/,
};

/** A test that is there only where there is something to break. */
function when(found: readonly Path[]): (title: string, test: () => void) => void {
  return found.length > 0 ? (title, test) => it(title, test) : () => {};
}

it.each(functions)('%s has an entry here', (name) => {
  expect(Object.keys(GOOD_CALLS)).toContain(name);
});

describe.each(functions)('%s', (name, call) => {
  const good = GOOD_CALLS[name] ?? [];
  const numbers = places(good, isNumber).filter(([argument]) => argument !== OWN_WORK[name]);

  it('answers a good call without NaN', () => {
    const result = attempt(call, good);
    expect(result).toHaveProperty('answer');
    expect(nansIn('answer' in result ? result.answer : null)).toEqual([]);
  });

  when(numbers)('refuses NaN anywhere', () => {
    const results = numbers.map((path) => [path.join('.'), refusal(call, changed(good, path, Number.NaN))]);
    expect(results).toEqual(numbers.map((path) => [path.join('.'), 'refused']));
  });

  when(numbers)('refuses or survives infinities, zeros, negatives, fractions and huge values', () => {
    const odd = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, -1, 0.5, 2 ** 53, 1e300, -1e300, 1e-300];
    const results = numbers.flatMap((path) =>
      odd.map((value) => [`${path.join('.')} = ${value}`, noNaN(call, changed(good, path, value))]),
    );
    expect(results.filter(([, result]) => result !== 'fine')).toEqual([]);
  });

  const named = (pattern: RegExp): Path[] =>
    numbers.filter((path) => pattern.test(nameOf(call, path)) && !OTHER_MEANING[name]?.test(nameOf(call, path)));
  const levels = named(LEVELS);
  when(levels)('refuses a level or error rate outside (0, 1)', () => {
    const outside = [0, 1, -0.1, 1.5, Number.POSITIVE_INFINITY];
    const results = levels.flatMap((path) =>
      outside.map((value) => [`${path.join('.')} = ${value}`, refusal(call, changed(good, path, value))]),
    );
    expect(results.filter(([, result]) => result !== 'refused')).toEqual([]);
  });

  const counts = named(COUNTS);
  when(counts)('refuses a negative or broken count', () => {
    const results = counts.flatMap((path) =>
      [-1, 0.5].map((value) => [`${path.join('.')} = ${value}`, refusal(call, changed(good, path, value))]),
    );
    expect(results.filter(([, result]) => result !== 'refused')).toEqual([]);
  });

  const rates = places(good, (value) => value !== null && typeof value === 'object' && 'x' in value && 'n' in value);
  when(rates)('refuses more successes than units', () => {
    const results = rates.map((path) => refusal(call, changed(good, [...path, 'x'], 1000)));
    expect(results).toEqual(rates.map(() => 'refused'));
  });

  const lists = places(good, (value) => Array.isArray(value));
  when(lists)('refuses or survives a list that is cut or empty', () => {
    const results = lists.flatMap((path) => {
      const list = at(good, path) as unknown[];
      return [list.slice(1), []].map((cut) => [path.join('.'), noNaN(call, changed(good, path, cut))]);
    });
    expect(results.filter(([, result]) => result !== 'fine')).toEqual([]);
  });
});

describe('lists that belong together', () => {
  /** In each, the list at the path is cut by one. */
  it.each<[string, Path]>([
    ['ancovaDifference', [0, 'outcome']],
    ['clustersOf', [0]],
    ['coMomentsOf', [0, 0]],
    ['cupedDifference', [0, 'means']],
    ['doublyRobustEffect', [0, 'treated']],
    ['doublyRobustEffect', [0, 'predictedTreatment']],
    ['dunnettP', [0]],
    ['effectHeterogeneity', [1]],
    ['groupSequentialBoundary', [2, 'spendingTimes']],
    ['groupSequentialCrossing', [0]],
    ['linDifference', [1, 'covariates', 0]],
    ['linDifference', [1, 'covariates']],
    ['mergeCoMoments', [1, 'means']],
    ['normalArms', [1]],
    ['offPolicyValue', [0, 1, 'predicted']],
    ['offPolicyValue', [0, 1, 'target']],
    ['pairedDifference', [1]],
    ['ratioCuped', [0, 'products']],
    ['sampleCovariance', [0]],
    ['sampleRatioEvidence', [0, 0, 'observed']],
    ['sampleRatioExact', [1]],
    ['sampleRatioLogBayesFactor', [1]],
    ['sampleRatioSequential', [0, 1]],
    ['sampleRatioTest', [0]],
    ['stagewiseAnalysis', [0, 'bounds']],
  ])('%s refuses other lengths at %j', (name, path) => {
    const list = at(GOOD_CALLS[name], path) as unknown[];
    const [, call] = functions.find(([each]) => each === name)!;
    expect(refusal(call, changed(GOOD_CALLS[name], path, list.slice(1)))).toBe('refused');
  });
});
