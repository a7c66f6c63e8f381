import { callModel, type ModelCall } from './call.ts';
import type { ClientState } from './client-state.ts';
import type { Arm, CompiledExperiment } from './compiled-ruleset.ts';
import type { Decision } from './decision.ts';
import { mixLists, recordImpression } from './impression.ts';
import { dropEvent } from './recorder.ts';
import { type CallSettings, recordCall } from './run.ts';
import type { CallStatus } from './slot-meter.ts';

/** One ranking in an interleave phase. */
export interface Round<T> {
  slot: string;
  unit: string;
  /** The champion's. */
  decision: Decision;
  experiment: CompiledExperiment;
  call: ModelCall<T[]>;
  settings: CallSettings;
  id: (item: T) => string | number;
  depth: number;
  impression: string;
}

/** The call of one team once it has answered, failed or run out of time. */
interface TeamCall<T> {
  variant: string;
  status: CallStatus;
  /** Null: it failed, is late, or gave no list. */
  items: T[] | null;
  /** What the service's function gives in the end. */
  settled: Promise<T[]>;
}

/** A list that cannot be looked at is none. */
function isList(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** Calls all teams at once and mixes their lists; a team that fails is left out, and the impression says so. */
export async function interleave<T>(state: ClientState, round: Round<T>): Promise<T[]> {
  const { slot, unit, decision, experiment, depth, impression } = round;
  const calls = await Promise.all(experiment.arms.map((arm) => callTeam(state, round, arm)));
  const champion = calls.find(({ variant }) => variant === decision.variant) ?? calls.at(-1)!;
  const lists = calls.flatMap(({ variant, items }) => (items === null ? [] : [{ team: variant, items }]));
  const isGivenUp = calls.some(({ status }) => status === 'cancelled');
  // A caller who gave up shows nothing; and where all failed, it is the champion's failure that the caller is told.
  if (isGivenUp || lists.length === 0) return champion.settled;
  const failed = calls.find(({ items }) => items === null);
  const mixed = mixLists(lists, round, unit);
  if ('problem' in mixed) {
    const message = `An impression of slot "${slot}" was dropped and one list shown unmixed: ${mixed.problem}.`;
    dropEvent(state.recorder, 'impression_out_of_limits', message);
    return champion.items ?? lists[0]!.items;
  }
  recordImpression(state.recorder, {
    unit,
    slot,
    phase: experiment.phase,
    step: experiment.step,
    impression,
    ruleset: decision.ruleset,
    items: mixed.places,
    depth,
    degraded: failed ? { cause: failed.status === 'timeout' ? 'timeout' : 'error', variant: failed.variant } : null,
  });
  return mixed.items;
}

/** Resolves as soon as the fate of the call is known; the call of a team that is late goes on unheard. */
function callTeam<T>(state: ClientState, round: Round<T>, arm: Arm): Promise<TeamCall<T>> {
  const { slot, unit, decision, call, settings } = round;
  const { stopwatch } = state.settings;
  const started = stopwatch();
  const { variant, payload } = arm;
  return new Promise((resolve) => {
    let fate: CallStatus = 'ok';
    const settled = callModel<T[]>({
      ...settings,
      call,
      variant: { key: variant, payload },
      fallback: null,
      onCall: (status, served) => {
        fate = status;
        recordCall(state, slot, unit, decision, arm, status, served, stopwatch() - started);
        if (status !== 'ok') resolve({ variant, status, items: null, settled });
      },
    });
    const answer = (items: T[] | null) => resolve({ variant, status: fate, items, settled });
    settled.then(
      (items) => answer(isList(items) ? items : null),
      () => answer(null),
    );
  });
}
