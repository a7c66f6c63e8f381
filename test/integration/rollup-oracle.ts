import type pg from 'pg';
import { DAY } from './rollup-oracle-stream.ts';

/** Unit tables as plain maps, to compare what was computed incrementally, by a rebuild and here by hand. */
export interface Snapshot {
  /** phase:unit → first variant, first exposure (ms), mixed, its segments by name and its covariates. */
  states: Map<string, UnitState>;
  /** phase:measure:unit → outcomes and their sum; `size` is the largest sum on the way, for the rounding allowance. */
  totals: Map<string, Total>;
  /** measure:unit:day → outcomes and their sum. */
  days: Map<string, Total>;
}
export interface UnitState {
  variant: number;
  firstAt: number;
  mixed: boolean;
  sticky: boolean;
  segments: string[];
  covariates: (number | null)[] | null;
}
export interface Total {
  n: number;
  value: number;
  size: number;
}

interface Exposure {
  unit_id: string;
  phase_id: number;
  variant_id: number;
  at: Date;
  source: string;
  decision_id: string;
  segment: Record<string, unknown> | null;
}
interface Outcome {
  unit_id: string;
  name: string;
  value: number;
  at: Date;
  received_at: Date;
  properties: Record<string, unknown>;
}
export interface Measure {
  id: number;
  outcome: string;
  filter: Record<string, unknown>;
  aggregate: 'any' | 'count' | 'sum';
  start_seconds: number;
  window_seconds: number;
  lower: number;
  upper: number;
}

/** A unit's value of a measure, by the book, before its limits. */
export function wholeValue(measure: Measure, total: Pick<Total, 'n' | 'value'> | undefined): number {
  const n = total?.n ?? 0;
  return measure.aggregate === 'any' ? Math.min(n, 1) : measure.aggregate === 'count' ? n : (total?.value ?? 0);
}

export function clippedValue(measure: Measure, total: Pick<Total, 'n' | 'value'> | undefined): number {
  return Math.max(Math.min(wholeValue(measure, total), measure.upper), measure.lower);
}

/** Segments by name, "attribute=value" or "attribute=?" for other, as the numbers of the phase allow. */
async function segmentNames(pool: pg.Pool): Promise<Map<string, string>> {
  const { rows } = await pool.query('select phase_id, id, attribute, value from segment_value');
  return new Map(rows.map((row) => [`${row.phase_id}:${row.id}`, `${row.attribute}=${row.value ?? '?'}`]));
}

/** The rules of counting, written a second time: loops over raw events, no SQL, nothing incremental. */
export async function oracle(pool: pg.Pool): Promise<Snapshot> {
  const read = async <T>(sql: string): Promise<T[]> => (await pool.query(sql)).rows;
  const exposures = await read<Exposure>('select * from exposure');
  const outcomes = await read<Outcome>('select unit_id, name, value, at, received_at, properties from outcome');
  const measures = await read<Measure>('select * from measure');
  const frozen = await read<{ phase_id: number; measure_id: number; lateness_seconds: number }>(
    'select * from phase_measure',
  );
  const numbered = new Set([...(await segmentNames(pool))].map(([key, name]) => `${key.split(':')[0]}:${name}`));
  const attributes = await read<{ phase_id: number; attribute: string }>(
    'select phase_id, attribute from segment_value where value is null order by id',
  );
  const states: Snapshot['states'] = new Map();
  const first = new Map<string, Exposure>();
  exposures.sort(
    (a, b) =>
      a.at.getTime() - b.at.getTime() || a.variant_id - b.variant_id || (a.decision_id < b.decision_id ? -1 : 1),
  );
  for (const exposure of exposures) {
    const key = `${exposure.phase_id}:${exposure.unit_id}`;
    const state = states.get(key);
    if (state) state.mixed ||= state.variant !== exposure.variant_id;
    if (state) continue;
    first.set(key, exposure);
    const segments = attributes
      .filter((each) => each.phase_id === exposure.phase_id)
      .map(({ attribute }) => {
        const value = exposure.segment?.[attribute];
        return numbered.has(`${exposure.phase_id}:${attribute}=${value}`) ? `${attribute}=${value}` : `${attribute}=?`;
      });
    states.set(key, {
      variant: exposure.variant_id,
      firstAt: exposure.at.getTime(),
      mixed: false,
      sticky: exposure.source === 'sticky',
      segments,
      covariates: null,
    });
  }
  const totals: Snapshot['totals'] = new Map();
  const outcomesOf = new Map<string, Outcome[]>();
  for (const each of outcomes) outcomesOf.set(each.unit_id, [...(outcomesOf.get(each.unit_id) ?? []), each]);
  for (const { phase_id, measure_id, lateness_seconds } of frozen) {
    const measure = find(measures, measure_id);
    for (const [key, state] of states) {
      const [phase, unit] = [Number(key.split(':')[0]), key.slice(key.indexOf(':') + 1)];
      if (phase !== phase_id || state.mixed) continue;
      for (const outcome of outcomesOf.get(unit) ?? []) {
        const at = outcome.at.getTime();
        const end = state.firstAt + measure.window_seconds * 1000;
        if (!matches(outcome, measure)) continue;
        if (outcome.name.startsWith('assay.') && outcome.properties.phase !== phase) continue;
        if (at < state.firstAt + measure.start_seconds * 1000 || at >= end) continue;
        // Assignments made elsewhere are reported afterwards: nothing of theirs is late.
        if (phase !== 3 && outcome.received_at.getTime() >= end + lateness_seconds * 1000) continue;
        add(totals, `${phase}:${measure_id}:${unit}`, outcome.value);
      }
    }
  }
  const kept = await read<{ measure_id: number; since: Date }>('select measure_id, since from day_measure');
  const days = daysOf(
    outcomes,
    kept.map((each) => find(measures, each.measure_id)),
  );
  const covariates = await read<Covariate>('select * from phase_covariate order by phase_id, position');
  for (const [key, state] of states) {
    const mine = covariates.filter((each) => key.startsWith(`${each.phase_id}:`));
    const unit = key.slice(key.indexOf(':') + 1);
    const since = new Map(kept.map((each) => [each.measure_id, each.since.getTime()]));
    const known = { states, days, since, measures, exposure: first.get(key) };
    if (mine.length > 0) state.covariates = mine.map((each) => covariateOf(each, unit, key.startsWith('3:'), known));
  }
  return { states, totals, days };
}

interface Covariate {
  phase_id: number;
  measure_id: number | null;
  attribute: string | null;
  days: number | null;
}

function covariateOf(
  covariate: Covariate,
  unit: string,
  external: boolean,
  known: Pick<Snapshot, 'states' | 'days'> & {
    since: Map<number, number>;
    measures: Measure[];
    exposure: Exposure | undefined;
  },
): number | null {
  const { attribute, measure_id, days } = covariate;
  if (attribute !== null) {
    const value = known.exposure?.segment?.[attribute];
    return typeof value === 'number' ? value : null;
  }
  const today = Math.floor((known.exposure?.at.getTime() ?? 0) / DAY);
  const from = today - (days ?? 0);
  const total = { n: 0, value: 0, size: 0 };
  let seen = Number.POSITIVE_INFINITY;
  for (const [key, each] of known.days) {
    const [measure, who, day] = key.split(':');
    if (who !== unit) continue;
    seen = Math.min(seen, Number(day));
    if (Number(measure) !== measure_id || Number(day) < from || Number(day) >= today) continue;
    total.n += each.n;
    total.value += each.value;
  }
  for (const [key, state] of known.states) {
    if (key.endsWith(`:${unit}`)) seen = Math.min(seen, Math.floor(state.firstAt / DAY));
  }
  const keptAllTheWhile = (known.since.get(measure_id ?? 0) ?? Number.POSITIVE_INFINITY) <= from * DAY;
  if (!(external && total.n > 0) && !(keptAllTheWhile && seen <= from)) return null;
  return clippedValue(find(known.measures, measure_id ?? 0), total);
}

function daysOf(outcomes: Outcome[], measures: Measure[]): Snapshot['days'] {
  const days: Snapshot['days'] = new Map();
  for (const outcome of outcomes) {
    for (const measure of measures) {
      if (outcome.name.startsWith('assay.') || !matches(outcome, measure)) continue;
      add(days, `${measure.id}:${outcome.unit_id}:${Math.floor(outcome.at.getTime() / DAY)}`, outcome.value);
    }
  }
  return days;
}

function matches(outcome: Outcome, measure: Measure): boolean {
  if (outcome.name !== measure.outcome || (measure.aggregate === 'any' && outcome.value === 0)) return false;
  return Object.entries(measure.filter).every(([name, value]) => outcome.properties[name] === value);
}

function add(totals: Map<string, Total>, key: string, value: number): void {
  const total = totals.get(key) ?? { n: 0, value: 0, size: 0 };
  totals.set(key, total);
  total.n += 1;
  total.value += value;
  total.size = Math.max(total.size, Math.abs(total.value), Math.abs(value));
}

export function find(measures: Measure[], id: number): Measure {
  const measure = measures.find((each) => each.id === id);
  if (!measure) throw new Error(`no measure ${id}`);
  return measure;
}

/** What the unit tables hold now. */
export async function snapshotOf(pool: pg.Pool): Promise<Snapshot> {
  const names = await segmentNames(pool);
  const states = await pool.query('select * from unit_state');
  const totals = await pool.query('select unit_id, phase_id, measure_id, n, value from unit_total where n > 0');
  const days = await pool.query(
    `select unit_id, measure_id, extract(epoch from day) / 86400 as day, n, value from unit_day`,
  );
  return {
    states: new Map(
      states.rows.map((row) => [
        `${row.phase_id}:${row.unit_id}`,
        {
          variant: row.variant_id,
          firstAt: row.first_at.getTime(),
          mixed: row.mixed_at !== null,
          sticky: row.source === 'sticky',
          segments: (row.segment ?? []).map((id: number) => names.get(`${row.phase_id}:${id}`) ?? `number ${id}`),
          covariates: row.covariate,
        },
      ]),
    ),
    totals: new Map(
      totals.rows.map((row) => [`${row.phase_id}:${row.measure_id}:${row.unit_id}`, { ...row, size: 0 }]),
    ),
    days: new Map(days.rows.map((row) => [`${row.measure_id}:${row.unit_id}:${Number(row.day)}`, { ...row, size: 0 }])),
  };
}
