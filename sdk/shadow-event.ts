import type { CompiledExperiment } from './compiled-ruleset.ts';
import type { ComparedCall, Measures } from './events.ts';
import type { Recorder } from './recorder.ts';
import type { Compared } from './shadow-comparison.ts';
import { quote } from './utf8.ts';

/** Of which decision a comparison speaks. */
export interface ComparedDecision {
  slot: string;
  unit: string;
  decision: string;
  /** When it was made, ms since 1970. */
  at: number;
  experiment: CompiledExperiment;
  /** Values of the declared segments as a JSON member with its comma, as `segmentMember` writes it. */
  segments: string;
}

/** Queues one comparison. What it holds is within the limits of events already. */
export function recordComparison(
  { batcher, tally }: Recorder,
  about: ComparedDecision,
  { champion, candidate, reference, measures, measuresReference }: Compared,
  example: string | undefined,
): void {
  const { slot, unit, decision, at, experiment, segments } = about;
  const event =
    `{"type":"comparison","unit":${quote(unit)},"slot":${quote(slot)},"phase":${experiment.phase},` +
    `"decision":${quote(decision)},"at":${Math.round(at)}${member('champion', callJson(champion))}` +
    member('candidate', callJson(candidate)) +
    member('reference', reference && callJson(reference)) +
    member('measures', measuresJson(measures)) +
    member('measuresReference', measuresReference && measuresJson(measuresReference)) +
    `${segments}${member('example', example)}}`;
  if (batcher.add(event)) tally.comparisons++;
}

const member = (key: string, json: string | undefined): string => (json === undefined ? '' : `,"${key}":${json}`);

function callJson({ ms, status, score, label }: ComparedCall): string {
  const labelJson = typeof label === 'string' ? quote(label) : label === undefined ? undefined : String(label);
  const scoreJson = score === undefined ? undefined : String(score);
  return `{"ms":${ms},"status":"${status}"${member('score', scoreJson)}${member('label', labelJson)}}`;
}

const measuresJson = (measures: Measures): string => JSON.stringify(measures);
