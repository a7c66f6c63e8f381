import { sql } from 'drizzle-orm';
import type { Executor } from '../db/database.ts';
import type { CanaryGuardrail, PhaseSettings } from '../db/schema-types.ts';
import { AssayError } from '../http/errors.ts';
import type { ExperimentRow, PhaseRow } from './experiment-store.ts';

/** Fewer calls of the champion do not fix a quantile. */
const LEAST_CALLS = 1_000;
const DAYS = 7;
/** Newest minutes of the slot, and shadowed calls, that are read. */
const MOST_ROWS = 20_000;
/** Bins of 1 % width above a nanosecond, as in sdk/slot-meter.ts. */
const SMALLEST_MS = 1e-6;
const BIN_WIDTH = 0.01;

/** How many calls of the champion took how long, by bin. */
export type CallTimes = { bin: number; calls: number }[];

/**
 * Settings of a phase that starts. A canary's slow-call guardrail without `thresholdMs` gets the champion's quantile of
 * the traffic before: what the slot's meter counted in the last seven days, else calls beside which a candidate was
 * shadowed, else the threshold that an earlier canary of this experiment had.
 */
export async function freezeThresholds(
  db: Executor,
  experiment: ExperimentRow,
  phase: PhaseRow,
  now: Date,
): Promise<PhaseSettings> {
  const { canary } = phase.settings;
  if (!canary?.guardrails.some(isOpen)) return phase.settings;
  const times = await readCallTimes(db, experiment, now);
  const guardrails = canary.guardrails.map((each) =>
    isOpen(each) ? { ...each, thresholdMs: thresholdOf(each.quantile, times, experiment, phase) } : each,
  );
  return { ...phase.settings, canary: { ...canary, guardrails } };
}

type SlowCalls = Extract<CanaryGuardrail, { kind: 'slow_calls' }>;

const isOpen = (each: CanaryGuardrail): each is SlowCalls => each.kind === 'slow_calls' && each.thresholdMs === null;

function thresholdOf(quantile: number, times: CallTimes, experiment: ExperimentRow, phase: PhaseRow): number {
  if (callsIn(times) >= LEAST_CALLS) return upperQuantile(times, quantile);
  const earlier = experiment.phases
    .filter((each) => each.position < phase.position)
    .flatMap((each) => each.settings.canary?.guardrails ?? [])
    .findLast((each) => each.kind === 'slow_calls' && each.quantile === quantile && each.thresholdMs !== null);
  if (earlier?.kind === 'slow_calls' && earlier.thresholdMs !== null) return earlier.thresholdMs;
  throw new AssayError(
    'not_possible_now',
    `Slow calls of the canary are those above the champion's ${Number((quantile * 100).toPrecision(6))} % quantile, but only ${callsIn(times)} of its calls in ` +
      `"${experiment.slotKey}" are known, of ${LEAST_CALLS} needed: give the guardrail a thresholdMs, or let the slot run for a while first.`,
  );
}

/** Upper edge of the bin that holds the quantile, to three digits: a call is slow above it. */
export function upperQuantile(times: CallTimes, quantile: number): number {
  const needed = quantile * callsIn(times);
  let passed = 0;
  for (const { bin, calls } of times) {
    passed += calls;
    if (passed >= needed) return Number((SMALLEST_MS * Math.exp(BIN_WIDTH * bin)).toPrecision(3));
  }
  throw new RangeError('a quantile needs calls');
}

const callsIn = (times: CallTimes) => times.reduce((sum, each) => sum + each.calls, 0);

async function readCallTimes(db: Executor, experiment: ExperimentRow, now: Date): Promise<CallTimes> {
  const metered = await readMetered(db, experiment, now);
  return callsIn(metered) >= LEAST_CALLS ? metered : readShadowed(db, experiment);
}

async function readMetered(db: Executor, { environmentId, slotId }: ExperimentRow, now: Date): Promise<CallTimes> {
  const since = new Date(now.getTime() - DAYS * 86_400_000).toISOString();
  const { rows } = await db.execute<{ bin: number; calls: number }>(sql`
    with recent as (
      select ms from slot_minute
      where environment_id = ${environmentId} and slot_id = ${slotId} and minute >= ${since}::timestamptz
      order by minute desc limit ${MOST_ROWS}
    )
    select key::int as bin, sum(value::float8) as calls
    from recent cross join jsonb_each_text(ms) group by 1 order by 1`);
  return rows;
}

/** First calls of the champion, in the way of the answer as those of a canary are, in shadow phases of this experiment. */
async function readShadowed(db: Executor, experiment: ExperimentRow): Promise<CallTimes> {
  // The one that hands over in this very transaction is still running in the row.
  const last = experiment.phases.findLast((each) => each.mode === 'shadow' && each.state !== 'planned');
  if (!last) return [];
  const { rows } = await db.execute<{ bin: number; calls: number }>(sql`
    with calls as (
      select (champion->>'ms')::float8 as ms from unit_comparison where phase_id = ${last.id} limit ${MOST_ROWS}
    )
    select ceil(ln(greatest(ms, ${SMALLEST_MS}::float8) / ${SMALLEST_MS}::float8) / ${BIN_WIDTH}::float8)::int as bin,
      count(*)::float8 as calls
    from calls where ms is not null group by 1 order by 1`);
  return rows;
}
