import { compareLabels, sendableLabel } from './compare-label.ts';
import { compareNumbers } from './compare-number.ts';
import { compareObjects } from './compare-object.ts';
import { compareRankings, idsOf } from './compare-ranking.ts';
import { LIMITS } from './event-limits.ts';
import type { ComparedCall, Measures } from './events.ts';
import type { ShadowRules } from './ruleset.ts';
import { isRecord } from './ruleset-shape.ts';
import { boundMeasures } from './shadow-measures.ts';
import type { CallStatus } from './slot-meter.ts';

/** How the answers of this call are compared in shadow phases; all run after the answer has been returned. */
export interface ComparisonOptions<T> {
  /** Own measures, up to 32; with a boolean `agree`, or that of the built-in comparison is added. */
  compare?: ((champion: T, candidate: T) => Record<string, number | boolean>) | undefined;
  /** The number that an answer stands for: its scores are compared over time, and by `kind: number`. */
  score?: ((answer: T) => number) | undefined;
  /** The class that an answer stands for, compared by `kind: label`. */
  label?: ((answer: T) => string | number | boolean) | undefined;
  /** What to keep of a disagreement for people to look at, instead of both answers; false: nothing is sent. */
  example?: ((champion: T, candidate: T) => unknown) | false | undefined;
}

/** How rankings are read; without it the ids are found in the answer itself. */
export interface AnswerReaders<T> extends ComparisonOptions<T> {
  ids?: ((answer: T) => readonly string[]) | undefined;
}

/** One call as the comparison sees it; `value` counts only when the status is ok. */
export interface ShadowedCall<T> {
  status: CallStatus;
  ms: number;
  value?: T;
}

export interface Compared {
  champion: ComparedCall;
  candidate: ComparedCall;
  reference?: ComparedCall;
  measures: Measures;
  measuresReference?: Measures;
}

/** Told what could not be compared: a stable code, what happened, and the cause. */
export type ReportTrouble = (code: string, message: string, cause?: unknown) => void;

type Kind = Exclude<ShadowRules['compare']['kind'], 'auto'>;

/** What is known of an answer: itself, and what the service's functions make of it. */
interface Answer {
  kind: Kind;
  value: unknown;
  score: unknown;
  label: unknown;
  ids: readonly string[] | null;
}

interface Comparing<T> {
  rules: ShadowRules['compare'];
  readers: AnswerReaders<T>;
  report: ReportTrouble;
}

/** The measures of two or three calls. Whatever the answers and the service's functions do, it does not throw. */
export function compareCalls<T>(
  calls: { champion: ShadowedCall<T>; candidate: ShadowedCall<T>; reference: ShadowedCall<T> | null },
  comparing: Comparing<T>,
): Compared {
  const champion = readAnswer(calls.champion, comparing);
  const candidate = readAnswer(calls.candidate, comparing);
  const compared: Compared = {
    champion: describeCall(calls.champion, champion, comparing),
    candidate: describeCall(calls.candidate, candidate, comparing),
    measures: measure(champion, candidate, comparing),
  };
  if (calls.reference === null) return compared;
  const reference = readAnswer(calls.reference, comparing);
  compared.reference = describeCall(calls.reference, reference, comparing);
  compared.measuresReference = measure(champion, reference, comparing);
  return compared;
}

/** Calls a function of the service; undefined when it throws. A promise is no answer, and must not reject unseen. */
export function attempt<R>(what: string, run: () => R, report: ReportTrouble): R | undefined {
  try {
    const result = run();
    if (!(result instanceof Promise)) return result;
    result.catch(() => {});
    report('comparison_failed', `${what} answered a promise: it must answer at once.`);
  } catch (cause) {
    report('comparison_failed', `${what} failed on an answer: correct it, or the comparison lacks its part.`, cause);
  }
  return undefined;
}

function readAnswer<T>(call: ShadowedCall<T>, comparing: Comparing<T>): Answer | null {
  if (call.status !== 'ok') return null;
  const value = call.value as T;
  const { report } = comparing;
  const { score, label, ids: own } = comparing.readers;
  const ids = attempt('The ids of a ranking', () => (own ? own(value) : idsOf(value)), report) ?? null;
  return {
    kind: attempt('An answer', () => kindOf(value, ids, comparing), report) ?? 'object',
    value,
    score: score ? attempt('score(answer)', () => score(value), report) : value,
    label: label ? attempt('label(answer)', () => label(value), report) : value,
    ids,
  };
}

/** By the answer itself: a list counts as a ranking when its items are strings or objects with an id. */
function kindOf<T>(value: T, ids: readonly string[] | null, { rules, readers }: Comparing<T>): Kind {
  if (readers.ids) return 'ranking';
  if (rules.kind !== 'auto') return rules.kind;
  if (typeof value === 'number') return 'number';
  if (typeof value === 'string' || typeof value === 'boolean') return 'label';
  return ids !== null && typeof (value as unknown[])[0] !== 'number' ? 'ranking' : 'object';
}

/** Status and latency, and of an answer its score and label where it has them. */
function describeCall<T>(
  { ms, status }: ShadowedCall<T>,
  answer: Answer | null,
  { readers }: Comparing<T>,
): ComparedCall {
  const call: ComparedCall = { ms: Math.max(0, Math.round(ms * 1000) / 1000), status };
  if (answer === null) return call;
  const { kind, score, label } = answer;
  const isScored = readers.score !== undefined || kind === 'number';
  if (isScored && typeof score === 'number' && Math.abs(score) <= LIMITS.value) call.score = score;
  const sendable = readers.label !== undefined || kind === 'label' ? sendableLabel(label) : undefined;
  if (sendable !== undefined) call.label = sendable;
  return call;
}

/** Empty unless both calls answered. */
function measure<T>(champion: Answer | null, other: Answer | null, comparing: Comparing<T>): Measures {
  if (champion === null || other === null) return {};
  const { compare } = comparing.readers;
  const { report } = comparing;
  const builtIn = () => attempt('The comparison', () => compareByKind(champion, other, comparing), report) ?? {};
  if (!compare) return boundMeasures(builtIn()).measures;
  const own = attempt('compare(champion, candidate)', () => ownMeasures(compare, champion, other), report);
  if (own === undefined) return {};
  const { measures, leftOut } = own;
  if (leftOut !== null) {
    const message = `Measure "${leftOut}" was left out: at most 32, finite numbers or booleans, 2 kB as JSON.`;
    report('measure_out_of_limits', message);
  }
  return typeof measures.agree === 'boolean'
    ? measures
    : boundMeasures({ ...measures, agree: builtIn().agree }).measures;
}

function ownMeasures<T>(compare: (champion: T, candidate: T) => unknown, champion: Answer, other: Answer) {
  const given = compare(champion.value as T, other.value as T);
  if (isRecord(given) && !(given instanceof Promise)) return boundMeasures(given);
  if (given instanceof Promise) given.catch(() => {});
  throw new TypeError('It must answer an object of numbers and booleans, and at once.');
}

function compareByKind<T>(champion: Answer, other: Answer, { rules, report }: Comparing<T>): Measures {
  const { tolerance, ignore, depth } = rules;
  const { kind } = champion;
  const measures = {
    number: () => compareNumbers(champion.score, other.score, tolerance),
    label: () => compareLabels(champion.label, other.label),
    ranking: () => compareRankings(champion.ids, other.ids, depth),
    object: () => compareObjects(champion.value, other.value, ignore, tolerance),
  }[kind]();
  if (measures === null) {
    const remedy =
      kind === 'ranking' ? 'answer a list of items with ids' : `pass ${kind === 'number' ? 'score' : 'label'}(answer)`;
    report('not_comparable', `The champion's answer is no ${kind}, as the phase expects: ${remedy}.`);
  }
  return measures ?? {};
}
