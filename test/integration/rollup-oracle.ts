import type pg from 'pg';

/** Unit tables as plain maps, to compare what was computed incrementally, by a rebuild and here by hand. */
export interface Snapshot {
  /** phase:unit → first variant, first exposure (ms), mixed. */
  states: Map<string, { variant: number; firstAt: number; mixed: boolean }>;
  /** phase:measure:unit → outcomes and their sum; `size` is the largest sum on the way, for the rounding allowance. */
  totals: Map<string, { n: number; value: number; size: number }>;
  /** phase:variant → units and mixed ones. */
  counts: Map<string, { n: number; mixed: number }>;
  /** Values of the units of an arm, zeros included, that are mature at `now` (or are not). */
  valuesOf(phase: number, measure: number, variant: number, mature: boolean, now: Date): number[];
}

interface Raw {
  exposures: { unit_id: string; phase_id: number; variant_id: number; at: Date }[];
  outcomes: {
    unit_id: string;
    name: string;
    value: number;
    at: Date;
    received_at: Date;
    properties: { phase?: number } | null;
  }[];
  measures: {
    phase_id: number;
    measure_id: number;
    outcome: string;
    aggregate: string;
    window_ms: number;
    late_ms: number;
  }[];
  cohortMs: Map<number, number>;
}

async function readRaw(pool: pg.Pool): Promise<Raw> {
  const exposures = await pool.query('select unit_id, phase_id, variant_id, at from exposure');
  const outcomes = await pool.query('select unit_id, name, value, at, received_at, properties from outcome');
  const measures = await pool.query(`select pm.phase_id, pm.measure_id, m.outcome, m.aggregate,
    m.window_seconds * 1000 as window_ms, pm.lateness_seconds * 1000 as late_ms
    from phase_measure pm join measure m on m.id = pm.measure_id`);
  const phases = await pool.query('select id, cohort_seconds from phase');
  return {
    exposures: exposures.rows,
    outcomes: outcomes.rows,
    measures: measures.rows,
    cohortMs: new Map(phases.rows.map((row) => [row.id, row.cohort_seconds * 1000])),
  };
}

/** The rules of counting, written a second time: loops over raw events, no SQL, nothing incremental. */
export async function oracle(pool: pg.Pool): Promise<Snapshot> {
  const raw = await readRaw(pool);
  const states: Snapshot['states'] = new Map();
  const ordered = [...raw.exposures].sort((a, b) => a.at.getTime() - b.at.getTime() || a.variant_id - b.variant_id);
  for (const { unit_id, phase_id, variant_id, at } of ordered) {
    const key = `${phase_id}:${unit_id}`;
    const state = states.get(key);
    if (!state) states.set(key, { variant: variant_id, firstAt: at.getTime(), mixed: false });
    else if (state.variant !== variant_id) state.mixed = true;
  }
  const totals: Snapshot['totals'] = new Map();
  for (const measure of raw.measures) {
    for (const [key, state] of states) {
      const [phase, unit] = [Number(key.split(':')[0]), key.slice(key.indexOf(':') + 1)];
      if (phase !== measure.phase_id || state.mixed) continue;
      const total = { n: 0, value: 0, size: 0 };
      for (const outcome of raw.outcomes) {
        const at = outcome.at.getTime();
        const end = state.firstAt + measure.window_ms;
        if (outcome.unit_id !== unit || outcome.name !== measure.outcome) continue;
        if (measure.aggregate === 'any' && outcome.value === 0) continue;
        if (outcome.name.startsWith('assay.') && outcome.properties?.phase !== phase) continue;
        if (at < state.firstAt || at >= end || outcome.received_at.getTime() >= end + measure.late_ms) continue;
        total.n += 1;
        total.value += outcome.value;
        total.size = Math.max(total.size, Math.abs(total.value), Math.abs(outcome.value));
      }
      if (total.n > 0) totals.set(`${phase}:${measure.measure_id}:${unit}`, total);
    }
  }
  return { states, totals, counts: countsOf(states), valuesOf: valuesFrom(raw, states, totals) };
}

function countsOf(states: Snapshot['states']): Snapshot['counts'] {
  const counts: Snapshot['counts'] = new Map();
  for (const [key, state] of states) {
    const place = `${key.split(':')[0]}:${state.variant}`;
    const count = counts.get(place) ?? { n: 0, mixed: 0 };
    counts.set(place, { n: count.n + 1, mixed: count.mixed + (state.mixed ? 1 : 0) });
  }
  return counts;
}

function valuesFrom(raw: Raw, states: Snapshot['states'], totals: Snapshot['totals']): Snapshot['valuesOf'] {
  return (phase, measureId, variant, mature, now) => {
    const measure = raw.measures.find((each) => each.phase_id === phase && each.measure_id === measureId);
    const cohortMs = raw.cohortMs.get(phase) ?? 0;
    if (!measure) throw new Error(`no measure ${measureId}`);
    const values: number[] = [];
    for (const [key, state] of states) {
      if (!key.startsWith(`${phase}:`) || state.variant !== variant || state.mixed) continue;
      const cohortEnd = Math.floor(state.firstAt / cohortMs) * cohortMs + cohortMs;
      if (cohortEnd + measure.window_ms + measure.late_ms <= now.getTime() !== mature) continue;
      const total = totals.get(`${phase}:${measureId}:${key.slice(key.indexOf(':') + 1)}`);
      const n = total?.n ?? 0;
      values.push(
        measure.aggregate === 'any' ? Math.min(n, 1) : measure.aggregate === 'count' ? n : (total?.value ?? 0),
      );
    }
    return values;
  };
}

/** What the unit tables and counts hold now. */
export async function snapshotOf(pool: pg.Pool): Promise<Snapshot> {
  const states = await pool.query('select unit_id, phase_id, variant_id, first_at, mixed_at from unit_state');
  const totals = await pool.query('select unit_id, phase_id, measure_id, n, value from unit_total where n > 0');
  const counts = await pool.query(
    'select phase_id, variant_id, sum(n)::int as n, sum(mixed)::int as mixed from unit_count group by 1, 2',
  );
  return {
    states: new Map(
      states.rows.map((row) => [
        `${row.phase_id}:${row.unit_id}`,
        { variant: row.variant_id, firstAt: row.first_at.getTime(), mixed: row.mixed_at !== null },
      ]),
    ),
    totals: new Map(
      totals.rows.map((row) => [
        `${row.phase_id}:${row.measure_id}:${row.unit_id}`,
        { n: row.n, value: row.value, size: 0 },
      ]),
    ),
    counts: new Map(counts.rows.map((row) => [`${row.phase_id}:${row.variant_id}`, { n: row.n, mixed: row.mixed }])),
    valuesOf: () => [],
  };
}
