import type { Batcher } from './batcher.ts';
import type { Arm } from './compiled-ruleset.ts';
import type { SeenExposures } from './dedupe.ts';
import {
  eventTime,
  idProblem,
  isScalar,
  nameProblem,
  propertiesJson,
  recordJson,
  unitProblem,
  valueProblem,
} from './event-limits.ts';
import type { Scalar } from './events.ts';
import type { ProblemLog } from './problems.ts';
import { countDropped, type Tally } from './tally.ts';
import { attributeOf } from './targeting.ts';
import { quote, utf8Length } from './utf8.ts';

/** Turns what happened into events, once: checked, serialised, queued. */
export interface Recorder {
  batcher: Batcher;
  seen: SeenExposures;
  tally: Tally;
  problems: ProblemLog;
  now: () => number;
  /** Nothing is recorded. */
  offline: boolean;
}

/** An outcome as `assay.outcome` takes it. */
export interface OutcomeInput {
  unit: string;
  /** Default 1. */
  value?: number | undefined;
  /** When it happened: a Date or ms since 1970. Default: now. */
  at?: number | Date | undefined;
  /** Id of the decision that it belongs to. */
  decision?: string | undefined;
  impression?: string | undefined;
  item?: string | undefined;
  properties?: Record<string, Scalar | undefined> | undefined;
}

/** An exposure that fails a check: dropped, counted, reported once. */
export function dropEvent({ tally, problems }: Recorder, code: string, message: string): void {
  countDropped(tally, code);
  problems.report({ code, message }, message);
}

/** Enough to send, with slack for the constant members. */
const MAX_SEGMENTS_BYTES = 2048;

/** True when there is nothing to record: this very exposure was sent before, or nothing is sent at all. */
export function isRecorded({ offline, seen }: Recorder, arm: Arm, unit: string): boolean {
  return offline || (arm.deduplicated && seen.has(arm.seed, unit));
}

interface DecidedExposure {
  arm: Arm;
  unit: string;
  attributes: unknown;
  /** Version of the ruleset that decided. */
  ruleset: number;
  decision: string;
  /** A call record will follow. */
  call: boolean;
}

/** The exposure of one decision. One that finds no room in the queue is not remembered as sent. */
export function recordExposure(recorder: Recorder, exposure: DecidedExposure): void {
  const { arm, unit, ruleset, decision, call } = exposure;
  const problem = unitProblem(unit);
  if (problem) {
    dropEvent(recorder, 'exposure_out_of_limits', `An exposure was dropped: ${problem}.`);
    return;
  }
  const event =
    `{${arm.members},"ruleset":${ruleset},"unit":${quote(unit)},"at":${Math.round(recorder.now())},` +
    `"decision":"${decision}"${call ? ',"call":true' : ''}${segmentMember(recorder, arm, exposure.attributes)}}`;
  if (!recorder.batcher.add(event)) return;
  recorder.tally.exposures++;
  if (arm.deduplicated) recorder.seen.add(arm.seed, unit);
}

/** Values of the declared segments; one that cannot be sent is left out, for the exposure matters more. */
export function segmentMember({ problems }: Recorder, arm: Arm, attributes: unknown): string {
  const entries: [string, Scalar][] = [];
  for (const name of arm.segments) {
    const value = attributeOf(attributes, name);
    if (value === undefined || value === null) continue;
    if (isScalar(value) && !(typeof value === 'string' && value.length > MAX_SEGMENTS_BYTES))
      entries.push([name, value]);
    else problems.report({ code: 'segment_out_of_limits', message: `Attribute "${name}" cannot be sent.` }, name);
  }
  if (entries.length === 0) return '';
  const json = recordJson(entries);
  if (utf8Length(json) <= MAX_SEGMENTS_BYTES) return `,"attributes":${json}`;
  problems.report({ code: 'segment_out_of_limits', message: 'Segment values are longer than 2 kB; none was sent.' });
  return '';
}

/** An assignment made elsewhere; `decision` is a fresh id. Never de-duplicated: its time may be any. */
export function recordExternalExposure(
  recorder: Recorder,
  arm: Arm,
  input: { unit: string; at?: number | Date | undefined; attributes?: unknown },
  ruleset: number,
  decision: string,
): void {
  const { unit, attributes } = input;
  const at = eventTime(input.at, recorder.now());
  const problem = unitProblem(unit) ?? (typeof at === 'string' ? at : null);
  if (problem) {
    dropEvent(recorder, 'exposure_out_of_limits', `An exposure was dropped: ${problem}.`);
    return;
  }
  if (recorder.offline) return;
  const segments = segmentMember(recorder, arm, attributes);
  const about = `"ruleset":${ruleset},"unit":${quote(unit)},"at":${at},"decision":"${decision}"`;
  const event = `{${arm.members},${about}${segments}}`;
  if (recorder.batcher.add(event)) recorder.tally.exposures++;
}

export function recordOutcome(recorder: Recorder, name: string, input: OutcomeInput): void {
  const { unit, value, impression, item } = input;
  // That of `peek` is empty: it names nothing.
  const decision = input.decision === '' ? undefined : input.decision;
  const at = eventTime(input.at, Math.round(recorder.now()));
  const properties = propertiesJson(input.properties);
  const problem =
    nameProblem('name', name) ??
    unitProblem(unit) ??
    valueProblem(value) ??
    idProblem('decision', decision) ??
    idProblem('impression', impression) ??
    idProblem('item', item) ??
    (typeof at === 'string' ? at : null) ??
    ('problem' in properties ? properties.problem : null);
  if (problem !== null) {
    dropEvent(recorder, 'outcome_out_of_limits', `An outcome was dropped: ${problem}.`);
    return;
  }
  if (recorder.offline) return;
  const member = (key: string, json: string | null | undefined) => (json ? `,"${key}":${json}` : '');
  const event =
    `{"type":"outcome","unit":${quote(unit)},"name":${quote(name)},"at":${at}` +
    member('value', value === undefined ? null : String(value)) +
    member('decision', decision && quote(decision)) +
    member('impression', impression && quote(impression)) +
    member('item', item && quote(item)) +
    `${member('properties', 'json' in properties ? properties.json : null)}}`;
  if (recorder.batcher.add(event)) recorder.tally.outcomes++;
}
