import { type CallPlan, callModel, type Settled } from './call.ts';
import type { ClientState } from './client-state.ts';
import type { Assignment, CompiledExperiment } from './compiled-ruleset.ts';
import { unitProblem } from './event-limits.ts';
import { dropEvent, segmentMember } from './recorder.ts';
import type { ShadowRules } from './ruleset.ts';
import {
  type AnswerReaders,
  attempt,
  compareCalls,
  type ReportTrouble,
  type ShadowedCall,
} from './shadow-comparison.ts';
import { type ComparedDecision, recordComparison } from './shadow-event.ts';
import { exampleJson } from './shadow-example.ts';
import { callBeside, type ShadowAnswers, type ShadowRound } from './shadow-round.ts';
import { soon } from './soon.ts';

/** A decision whose calls are shadowed. */
export interface ShadowTask<T> {
  slot: string;
  unit: string;
  attributes?: unknown;
  /** Id of the decision. */
  decision: string;
  /** As `shadowPhaseOf` found them. */
  experiment: CompiledExperiment;
  rules: ShadowRules;
  /** How answers are compared: read when they are, so that it costs the caller nothing. */
  readers: () => AnswerReaders<T>;
}

/** The shadow phase whose candidate is to be called beside this decision's champion; null: none. */
export function shadowPhaseOf(
  { settings }: ClientState,
  assignment: Assignment | null,
): Pick<ShadowTask<never>, 'experiment' | 'rules'> | null {
  const beside = assignment?.beside ?? null;
  if (beside === null || settings.offline) return null;
  const { experiment, arm } = beside;
  const rules = experiment.shadow;
  return rules !== null && arm === experiment.arms[0] ? { experiment, rules } : null;
}

/**
 * `callModel` for the champion, with nothing changed for the caller: answer and exception are its own. Once the answer
 * is returned, the candidate is called (in the A/A share the champion too) and the outputs are compared. Whatever these
 * calls do stays without effect.
 */
export async function callShadowed<T>(state: ClientState, plan: CallPlan<T>, task: ShadowTask<T>): Promise<T> {
  const { stopwatch, now } = state.settings;
  const at = now();
  const started = stopwatch();
  let first: ShadowedCall<T> = { status: 'error', ms: 0 };
  const settled = await settle(
    callModel({
      ...plan,
      onCall(status, served) {
        first = { status, ms: stopwatch() - started };
        plan.onCall(status, served);
      },
    }),
  );
  const champion = settled.ok ? { ...first, value: settled.value } : first;
  begin(state, plan, task, champion, at);
  if (settled.ok) return settled.value;
  throw settled.error;
}

async function settle<T>(answer: Promise<T>): Promise<Settled<T>> {
  try {
    return { ok: true, value: await answer };
  } catch (error) {
    return { ok: false, error };
  }
}

/** All that happens on the caller's time: a place is taken, the segments are read. */
function begin<T>(
  state: ClientState,
  plan: CallPlan<T>,
  task: ShadowTask<T>,
  champion: ShadowedCall<T>,
  at: number,
): void {
  // Who gave up has no answer to compare.
  if (champion.status === 'cancelled') return;
  const { places, recorder, problems } = state;
  const { experiment, rules, unit, slot, decision } = task;
  const problem = unitProblem(unit);
  if (problem) {
    dropEvent(recorder, 'comparison_out_of_limits', `A decision was not shadowed: ${problem}.`);
    return;
  }
  if (!places.enter(experiment.phase, rules.maxInFlight)) {
    const message =
      `${rules.maxInFlight} shadow calls of slot "${slot}" are under way, the limit of its phase: until one ends, ` +
      'decisions are not shadowed. Raise the limit or lower the share.';
    problems.report({ code: 'shadow_dropped', message }, slot);
    count(state, slot, 'shadowDropped');
    return;
  }
  count(state, slot, 'shadowed');
  const report: ReportTrouble = (code, message, cause) =>
    problems.report({ code, message: `Slot "${slot}": ${message}`, cause }, `${slot} ${message}`);
  const read = () => segmentMember(recorder, experiment.arms[0]!, task.attributes);
  const segments = attempt('The attributes', read, report) ?? '';
  soon(() => void shadow({ state, plan, task, report }, champion, { slot, unit, decision, at, experiment, segments }));
}

function count({ meter, batcher, tally }: ClientState, slot: string, what: 'shadowed' | 'shadowDropped'): void {
  tally[what]++;
  meter.shadow(slot, what);
  batcher.wake();
}

interface Shadowing<T> {
  state: ClientState;
  plan: CallPlan<T>;
  task: ShadowTask<T>;
  report: ReportTrouble;
}

/** Calls, compares, records. Never rejects. */
async function shadow<T>(shadowing: Shadowing<T>, champion: ShadowedCall<T>, about: ComparedDecision): Promise<void> {
  const { state, plan, report } = shadowing;
  const { places, settings } = state;
  const { experiment, rules, decision } = shadowing.task;
  const { variant: key, payload } = experiment.arms[0]!;
  const ends: Promise<unknown>[] = [];
  const round: ShadowRound<T> = {
    call: plan.call,
    champion: plan.variant,
    candidate: { key, payload },
    decision,
    referenceShare: rules.referenceShare,
    budgetMs: rules.budgetMs ?? plan.timeoutMs,
    places,
    stopwatch: settings.stopwatch,
  };
  try {
    const answers = await callBeside(round, ends);
    if (answers !== null) record(shadowing, about, { champion, ...answers });
  } catch (cause) {
    report('shadow_failed', 'a comparison could not be made.', cause);
  }
  places.compared();
  // A call that minds no signal keeps its place, so that the limit holds for what really runs.
  await Promise.all(ends);
  places.leave(experiment.phase);
}

function record<T>(
  { state, task, report }: Shadowing<T>,
  about: ComparedDecision,
  calls: { champion: ShadowedCall<T> } & ShadowAnswers<T>,
): void {
  const readers = attempt('The options of the call', task.readers, report) ?? {};
  const { rules } = task;
  const compared = compareCalls(calls, { rules: rules.compare, readers, report });
  recordComparison(state.recorder, about, compared, exampleOf());

  function exampleOf(): string | undefined {
    const { example } = readers;
    if (compared.measures.agree !== false || example === false) return undefined;
    if (!state.places.takesExample(about.experiment.phase, about.at)) return undefined;
    const [champion, candidate] = [calls.champion.value as T, calls.candidate.value as T];
    const sample = () => (example ? { example: example(champion, candidate) } : { champion, candidate });
    return attempt('The example', () => exampleJson(sample(), rules.compare.ignore), report);
  }
}
