import { count, list } from '../../analysis/phrases.ts';
import type { CanarySettings } from '../../db/schema-types.ts';
import type { Judgement } from './judgement.ts';

/** Data this old are no basis for going on. */
export const STALE_MS = 30_000;

/** All that the controller looks at; a simulation or a dry run makes it as the server does. */
export interface CanaryFacts {
  settings: CanarySettings;
  /** From 1. */
  step: number;
  enteredAt: Date;
  /** Of the time since then, ms in which the experiment was paused. */
  pausedMs: number;
  /** Served by the candidate in this step. */
  requests: number;
  guardrails: Judgement[];
  /** Units against the shares: an alarm, and whether it is the candidate that has too few. */
  sampleRatio: { alarm: boolean; tooFewCandidates: boolean; sentence: string };
  /** Other trouble with the data: they block going on, never roll back. */
  troubles: string[];
  /** Receipt of the oldest events that are not in the numbers yet. */
  oldestPendingAt: Date | null;
  hold: { by: string; reason: string } | null;
  paused: boolean;
}

export interface CanaryDecision {
  kind: 'roll_back' | 'advance' | 'finish' | 'hold' | 'wait';
  /** The highest of what is found: fail > hold > no data > inconclusive > pass. */
  state: 'fail' | 'hold' | 'no_data' | 'inconclusive' | 'pass';
  /** Why, in one sentence. */
  sentence: string;
  /** When the step is expected to be complete; null where nothing says when. */
  nextCheckAt: Date | null;
  guardrails: Judgement[];
}

/** What to do with a canary now: pure, called every second. */
export function decideCanary(facts: CanaryFacts, now: Date): CanaryDecision {
  const { guardrails, settings, step } = facts;
  const answer = (
    kind: CanaryDecision['kind'],
    state: CanaryDecision['state'],
    sentence: string,
    nextCheckAt: Date | null = null,
  ): CanaryDecision => ({ kind, state, sentence, nextCheckAt, guardrails });
  const place = `Step ${step} of ${settings.steps.length}`;
  if (facts.paused)
    return answer('hold', 'hold', `${place} holds: the experiment is paused, everyone gets the champion.`);

  const failures = failuresOf(facts);
  if (failures.length > 0)
    return answer(
      'roll_back',
      'fail',
      `Rolled back at step ${step} of ${settings.steps.length}. ${failures.join(' ')}`,
    );

  const holds = holdsOf(facts, now);
  if (holds[0] !== undefined) return answer('hold', 'hold', `${place} holds: ${holds[0]}`);

  const silent = guardrails.find((each) => each.state === 'no_data');
  if (silent) return answer('wait', 'no_data', `${place} waits for data. ${silent.sentence}`);

  const minimum = openMinimum(facts, now);
  if (minimum) {
    const next = minimum.at ? `; next check ${clock(minimum.at)}` : '';
    return answer('wait', 'inconclusive', `${place} holds: ${minimum.text}${next}.`, minimum.at);
  }
  const open = guardrails.filter((each) => each.mustPass && each.state !== 'pass');
  if (open.length > 0) {
    const names = list(open.map((each) => `"${each.name}"`));
    return answer('wait', 'inconclusive', `${place} holds: ${names} must pass first. ${open[0]?.sentence ?? ''}`);
  }
  const reason = `${count(facts.requests)} requests of the candidate, no guardrail failed${guardrails.some((each) => each.mustPass) ? ' and all that must pass have passed' : ''}`;
  if (step < settings.steps.length) return answer('advance', 'pass', `${place} is complete: ${reason}.`);
  return answer('finish', 'pass', `All ${settings.steps.length} steps are complete: ${reason} in the last one.`);
}

/** A failed guardrail, and candidates that vanish before they are counted. */
function failuresOf({ guardrails, sampleRatio }: CanaryFacts): string[] {
  const failed = guardrails.filter((each) => each.state === 'fail').map((each) => each.sentence);
  return sampleRatio.alarm && sampleRatio.tooFewCandidates ? [...failed, sampleRatio.sentence] : failed;
}

function holdsOf({ hold, sampleRatio, troubles, oldestPendingAt }: CanaryFacts, now: Date): string[] {
  const age = oldestPendingAt ? now.getTime() - oldestPendingAt.getTime() : 0;
  return [
    ...(hold ? [`${hold.by} keeps it here (${hold.reason}).`] : []),
    ...(age > STALE_MS ? [`events of the last ${count(Math.round(age / 1000))} s are not in the numbers yet.`] : []),
    ...(sampleRatio.alarm ? [sampleRatio.sentence] : []),
    ...troubles,
  ];
}

/** The first minimum of the step that is not met, and when it will be at the pace so far. */
function openMinimum({ settings, step, enteredAt, pausedMs, requests }: CanaryFacts, now: Date) {
  const { minimumRequests, minimumSeconds } = settings.steps[step - 1] ?? { minimumRequests: 0, minimumSeconds: 0 };
  const elapsedMs = Math.max(0, now.getTime() - enteredAt.getTime() - pausedMs);
  const wholeAt = enteredAt.getTime() + pausedMs + minimumSeconds * 1000;
  if (requests < minimumRequests) {
    const left = requests > 0 ? ((minimumRequests - requests) * elapsedMs) / requests : null;
    const at = left === null ? null : new Date(Math.max(now.getTime() + left, wholeAt));
    return { text: `${count(requests)} of ${count(minimumRequests)} samples`, at };
  }
  if (now.getTime() < wholeAt)
    return { text: `${duration(elapsedMs)} of ${duration(minimumSeconds * 1000)}`, at: new Date(wholeAt) };
  return null;
}

/** "14:05 UTC": the minute in which it will be over. */
function clock(at: Date): string {
  const minute = new Date(Math.ceil(at.getTime() / 60_000) * 60_000);
  return `${minute.toISOString().slice(11, 16)} UTC`;
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
