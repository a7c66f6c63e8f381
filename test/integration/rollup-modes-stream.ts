import type pg from 'pg';
import type { PhaseSettings } from '../../server/db/schema-types.ts';

const MINUTE = 60_000;

/** Phases of the stream, by mode; the A/B phase continues the canary. */
export const PHASE = { canary: 1, ab: 2, bandit: 3, interleave: 4, shadow: 5 } as const;
/** Shares of the canary's steps. */
const SHARES = [0.1, 0.3, 0.5];
export const SLOW_MS = 50;

const SETTINGS: Record<number, PhaseSettings> = {
  [PHASE.canary]: {
    canary: {
      steps: SHARES.map((share) => ({ share, minimumSeconds: 0, minimumRequests: 1 })),
      alpha: 0.05,
      guardrails: [
        { kind: 'errors', mustPass: true, margin: 0.5, rollbackMargin: 0 },
        { kind: 'metric', mustPass: false, metric: 'm1', margin: { absolute: 0.1 }, rollbackMargin: 0 },
        { kind: 'slow_calls', mustPass: false, margin: 0.5, rollbackMargin: 0, thresholdMs: SLOW_MS, quantile: 0.95 },
      ],
    },
  },
  [PHASE.bandit]: {
    bandit: {
      reward: 'm2',
      epochSeconds: 1800,
      posterior: 'normal',
      floor: 0.05,
      warmUpCells: 1,
      topTwoShare: null,
      context: 'device',
    },
  },
  [PHASE.interleave]: { interleave: { depth: 4, idleSeconds: 3600 } },
  [PHASE.shadow]: {
    shadow: {
      share: 1,
      referenceShare: 0.3,
      budgetMs: null,
      maxInFlight: 10,
      compare: { kind: 'auto', ignore: [], tolerance: 0, depth: 10 },
      label: 'm1',
      gate: {
        minimumComparisons: 1,
        agreement: null,
        errorRateIncrease: null,
        latencyRatio: null,
        stabilityIndex: null,
        scoreDistance: null,
        lossIncrease: null,
      },
    },
  },
};

/** Four slots of two variants, a and b, with one phase of each mode, all of them started at `startedAt`. */
export async function makePhases(pool: pg.Pool, startedAt: Date): Promise<void> {
  await pool.query(
    `insert into slot (environment_id, key, output, salt, champion, timeout_ms)
       select 1, 's' || k, case k when 3 then 'ranking' else 'value' end, 'salt-' || k, 'a', 1000 from generate_series(1, 4) k;
     insert into variant (slot_id, key) select s, v from generate_series(1, 4) s cross join unnest('{a,b}'::text[]) v order by 1, 2;
     insert into measure (environment_id, outcome, window_seconds, aggregate, filter, lower, upper) values
       (1, 'click', 1200, 'any', '{}', '-Infinity', 'Infinity'), (1, 'click', 1200, 'sum', '{}', '-1', '2.25'),
       (1, 'click', 600, 'count', '{"kind": "x"}', '-Infinity', 'Infinity');
     insert into metric (environment_id, key, name, kind, direction, measure_id, independent_of_answer) values
       (1, 'm1', 'm', 'proportion', 'increase', 1, true), (1, 'm2', 'm', 'mean', 'increase', 2, false),
       (1, 'm3', 'm', 'mean', 'increase', 3, false);
     insert into experiment (environment_id, slot_id, key, name, segments, range_from, range_to, state)
       select 1, k, 'e' || k, 'e', '["device", "tier"]', 0, 1, 'running' from generate_series(1, 4) k;
     insert into experiment_metric (experiment_id, metric_id, role, position)
       select e, m, 'primary', m from generate_series(1, 4) e cross join generate_series(1, 3) m`,
  );
  const modes = Object.entries(PHASE);
  for (const [place, [mode, id]] of modes.entries()) {
    const experiment = Math.max(1, place);
    await pool.query(
      `insert into phase (environment_id, experiment_id, position, mode, assignment, salt, continues, plan, settings,
         state, started_at, calls_checked_to, cohort_seconds)
       values (1, $1, $2, $3, 'hash', $4, $5, '{}', $6, 'running', $7, $7, 3600)`,
      [experiment, mode === 'ab' ? 1 : 0, mode, `p${experiment}`, mode === 'ab', SETTINGS[id] ?? {}, startedAt],
    );
  }
  await pool.query(
    `insert into phase_variant (phase_id, variant_id, position, weight, control)
       select p.id, v.id, case v.key when 'a' then 1 else 0 end, 0.5, v.key = 'a'
       from phase p join experiment e on e.id = p.experiment_id join variant v on v.slot_id = e.slot_id;
     insert into phase_measure (phase_id, measure_id, lateness_seconds) select p.id, m.id, 1800 from phase p cross join measure m;
     insert into phase_step (phase_id, step, started_at, weights)
       select p.id, s, now(), '{}' from phase p cross join generate_series(1, case p.mode when 'canary' then 3 else 1 end) s;
     insert into segment_value (phase_id, id, attribute, value)
       select p.id, k, attribute, null from phase p
       cross join (values (1, 'device'), (2, 'tier')) d(k, attribute) where p.mode in ('bandit', 'shadow', 'canary')`,
  );
}

/** Random events; `passed`: minutes since the start. */
export function modeEvents(random: () => number, clock: () => number, passed: () => number) {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const below = (n: number) => Math.floor(random() * n);
  /** Out of order; seldom over ten minutes late, which has its unit computed again and would hide all other mistakes. */
  const at = () => {
    const draw = random();
    return Math.floor(clock() - random() * (draw < 0.02 ? 14 * MINUTE : draw < 0.4 ? 9 * MINUTE : 10_000));
  };
  const draws = new Map<string, number>();
  const known = { decision: [{ id: 'd-none', unit: 'u1' }], impression: [{ id: 'i-none', unit: 'u1' }] };
  let made = 0;

  /** An id of an answer; now and then one that was there before. */
  const answerId = (kind: 'decision' | 'impression', unit: string) => {
    const twice = known[kind].findLast((each) => each.unit === unit);
    const id = twice && random() < 0.05 ? twice.id : `${kind}${made++}`;
    known[kind].push({ id, unit });
    return id;
  };
  const recent = (kind: 'decision' | 'impression') => pick(known[kind].slice(-60));
  const attributes = () => (random() < 0.9 ? { device: pick(['phone', 'desk', 3]), tier: `t${below(30)}` } : undefined);

  /** Where the unit stands in the canary's step that is in force; soon after a change in the one before it. */
  const standing = (unit: string) => {
    const draw = draws.get(unit) ?? random();
    draws.set(unit, draw);
    const reached = Math.min(3, 1 + Math.floor(passed() / 20));
    const step = Math.max(1, reached - (passed() % 20 < 8 && random() < 0.5 ? 1 : 0));
    const band = draw < (SHARES[step - 1] ?? 0) ? 'candidate' : draw < 0.5 ? 'waiting' : 'control';
    return { step, band, variant: band === 'candidate' ? 'b' : 'a' };
  };
  const exposed = { type: 'exposure', propensity: 0.5, ruleset: 1, source: 'hash' };
  const canary = () => {
    const unit = `u${below(150)}`;
    const { step, band, variant } = standing(unit);
    const shown = random() < 0.02 ? pick(['a', 'b']) : variant;
    const decision = answerId('decision', unit);
    const given = { ...exposed, unit, slot: 's1', phase: PHASE.canary, step, band, variant: shown, decision, at: at() };
    return { ...given, call: random() < 0.3, ...(random() < 0.5 ? { attributes: attributes() } : {}) };
  };
  const ab = () => {
    const unit = `u${below(140)}`;
    const variant = (draws.get(unit) ?? 0) < 0.5 ? 'b' : 'a';
    return {
      ...exposed,
      unit,
      slot: 's1',
      phase: PHASE.ab,
      step: 1,
      variant,
      source: made % 4 === 0 ? 'sticky' : 'hash',
      decision: answerId('decision', unit),
      at: at(),
    };
  };
  const call = () => {
    const unit = `u${below(90)}`;
    const { step, band, variant } = standing(unit);
    const status = random() < 0.1 ? pick(['error', 'timeout', 'missing']) : 'ok';
    const failed = status !== 'ok' && random() < 0.7;
    return {
      type: 'outcome',
      unit,
      name: failed ? 'assay.error' : 'assay.ms',
      value: failed ? pick([1, 1, 0]) : Math.floor(random() * 55),
      at: at(),
      properties: {
        status,
        variant,
        phase: random() < 0.9 ? PHASE.canary : pick([PHASE.ab, 99]),
        // What a client says of itself may be anything.
        ...(random() < 0.9 ? { step } : pick([{}, { step: 99 }, { step: 'x' }, { step: 1.5 }])),
        ...(random() < 0.95 ? { band } : pick([{}, { band: 'nobody' }])),
      },
    };
  };
  const decide = (unit = `u${below(25)}`) => ({
    ...exposed,
    unit,
    slot: 's2',
    phase: PHASE.bandit,
    step: 1 + Math.floor(passed() / 30),
    variant: pick(['a', 'b']),
    decision: answerId('decision', unit),
    attributes: attributes(),
    at: at(),
  });
  const show = (unit = `u${below(25)}`) => ({
    type: 'impression',
    unit,
    slot: 's3',
    phase: PHASE.interleave,
    step: 1,
    impression: answerId('impression', unit),
    ruleset: 1,
    depth: 4,
    items: [1, 2, 3, 4].map((k) => ({ id: `x${k * 3 - below(3)}`, team: pick(['a', 'b']), contested: random() < 0.5 })),
    ...(random() < 0.1 ? { degraded: { cause: 'timeout', variant: 'b' } } : {}),
    at: at(),
  });
  const measured = () => ({ ms: below(100), status: 'ok', score: random() });
  const compare = (unit = `u${below(25)}`) => ({
    type: 'comparison',
    unit,
    slot: 's4',
    phase: PHASE.shadow,
    decision: answerId('decision', unit),
    champion: measured(),
    candidate: measured(),
    ...(random() < 0.3 ? { reference: measured(), measuresReference: { agree: true } } : {}),
    measures: { agree: random() < 0.9 },
    ...(random() < 0.1 ? { example: { champion: 1, candidate: 2 } } : {}),
    attributes: attributes(),
    at: at(),
  });
  const outcome = () => {
    const about = { decision: recent('decision'), impression: recent('impression') };
    const kind = pick(['decision', 'impression'] as const);
    return {
      type: 'outcome',
      unit: random() < 0.8 ? about[kind].unit : `u${below(90)}`,
      name: pick(['click', 'click', 'click', 'other']),
      value: pick([1, 0, 2.5, -3, 0.25]),
      at: random() < 0.15 ? Math.floor(clock() - random() * 60 * MINUTE) : at(),
      properties: { kind: pick(['x', 'y']) },
      ...(random() < 0.5 ? { decision: about.decision.id } : {}),
      ...(random() < 0.7 ? { item: `x${1 + below(12)}` } : {}),
      ...(random() < 0.4 ? { impression: about.impression.id } : {}),
    };
  };
  return {
    pick,
    event: () => {
      const draw = random();
      if (draw < 0.27) return passed() < 40 + random() * 35 ? canary() : ab();
      if (draw < 0.36) return call();
      if (draw < 0.42) return decide();
      if (draw < 0.54) return show();
      return draw < 0.66 ? compare() : outcome();
    },
  };
}
