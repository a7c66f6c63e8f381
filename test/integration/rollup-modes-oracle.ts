import type pg from 'pg';
import { PHASE, SLOW_MS } from './rollup-modes-stream.ts';

/** What the roll-up of each mode must hold, as maps from a key to plain values. */
export interface ModeTables {
  /** phase:step:unit */
  states: Record<string, { variant: number; firstAt: number; mixed: boolean; band: string | null; fresh: boolean }>;
  /** phase:step:variant */
  counts: Record<string, { n: number; mixed: number; fresh: number }>;
  /** phase:step:variant:measure → units with a total, and the sum of their values. */
  moments: Record<string, { n: number; sum: number; squares: number }>;
  /** phase:step:variant:status */
  calls: Record<string, number>;
  /** guardrail:unit → when and where it failed first. */
  failures: Record<string, { step: number; band: string; at: number }>;
  /** unit:decision */
  decisions: Record<string, { epoch: number; variant: number; at: number; n: number; reward: number; context: string }>;
  /** unit:impression */
  credits: Record<
    string,
    { at: number; items: unknown; degraded: unknown; wins: Record<string, Record<string, number>> }
  >;
  /** unit:decision */
  comparisons: Record<string, { at: number; candidate: unknown; label: number | null; segments: string[] }>;
}

export interface RawOutcome {
  unit_id: string;
  name: string;
  value: number;
  at: Date;
  received_at: Date;
  rolled_at: Date;
  decision_id: string | null;
  impression_id: string | null;
  item_id: string | null;
  properties: Record<string, unknown> | null;
}
export interface RawAnswer {
  unit_id: string;
  phase_id: number;
  step: number;
  variant_id: number;
  band: string | null;
  source: string;
  decision_id: string;
  impression_id: string;
  at: Date;
  received_at: Date;
  segment: Record<string, unknown> | null;
  items: { id: string; team: string; contested: boolean }[];
  degraded: unknown;
  candidate: unknown;
}

export interface Raw {
  exposures: RawAnswer[];
  impressions: RawAnswer[];
  comparisons: RawAnswer[];
  outcomes: RawOutcome[];
  /** phase:attribute=value of segments that have a number. */
  numbered: Set<string>;
}

export async function readRaw(pool: pg.Pool): Promise<Raw> {
  const read = async <T>(sql: string): Promise<T[]> => (await pool.query(sql)).rows;
  const values = await read<{ name: string }>(
    `select phase_id || ':' || attribute || '=' || value as name from segment_value where value is not null`,
  );
  return {
    exposures: await read<RawAnswer>('select * from exposure'),
    impressions: await read<RawAnswer>('select * from impression'),
    comparisons: await read<RawAnswer>('select * from comparison'),
    outcomes: await read<RawOutcome>('select o.*, b.rolled_at from outcome o join batch b using (batch_id)'),
    numbered: new Set(values.map((each) => each.name)),
  };
}

/** The three measures of the stream, written a second time. */
const MEASURES = [
  { id: 1, seconds: 1200, fits: (o: RawOutcome) => o.value !== 0, aggregate: 'any' },
  { id: 2, seconds: 1200, fits: () => true, aggregate: 'sum' },
  { id: 3, seconds: 600, fits: (o: RawOutcome) => o.properties?.kind === 'x', aggregate: 'count' },
] as const;
type OracleMeasure = (typeof MEASURES)[number];
const LATENESS = 1800;

function inTime(outcome: RawOutcome, from: Date, seconds: number): boolean {
  const end = from.getTime() + seconds * 1000;
  if (outcome.at < from || outcome.at.getTime() >= end) return false;
  return outcome.received_at.getTime() < end + LATENESS * 1000;
}

function unitValueOf({ aggregate }: OracleMeasure, values: number[]): number {
  if (aggregate === 'count') return values.length;
  if (aggregate === 'any') return Math.min(1, values.length);
  const sum = values.reduce((total, each) => total + each, 0);
  return Math.min(2.25, Math.max(-1, sum));
}

/** The rules of counting in plain loops over raw events: no SQL, nothing incremental. */
export function modesByHand(raw: Raw): ModeTables {
  const states = statesByHand(raw);
  return {
    states,
    ...sumsByHand(raw, states),
    calls: callsByHand(raw),
    failures: failuresByHand(raw),
    decisions: decisionsByHand(raw),
    credits: creditsByHand(raw),
    comparisons: comparisonsByHand(raw),
  };
}

const byTime = (a: RawAnswer, b: RawAnswer) =>
  a.at.getTime() - b.at.getTime() || a.variant_id - b.variant_id || (a.decision_id < b.decision_id ? -1 : 1);

function statesByHand({ exposures }: Raw): ModeTables['states'] {
  const states: ModeTables['states'] = {};
  const inCanary = new Set(exposures.filter((e) => e.phase_id === PHASE.canary).map((e) => e.unit_id));
  for (const e of [...exposures].sort(byTime)) {
    if (e.phase_id === PHASE.ab && (inCanary.has(e.unit_id) || e.source === 'sticky')) continue;
    const key = `${e.phase_id}:${e.step}:${e.unit_id}`;
    const state = states[key];
    if (state) state.mixed ||= state.variant !== e.variant_id;
    else {
      const steps = exposures.filter((each) => each.phase_id === e.phase_id && each.unit_id === e.unit_id);
      const fresh = e.phase_id !== PHASE.canary || steps.every((each) => each.step >= e.step);
      states[key] = { variant: e.variant_id, firstAt: e.at.getTime(), mixed: false, band: e.band, fresh };
    }
  }
  return states;
}

function sumsByHand({ outcomes }: Raw, states: ModeTables['states']): Pick<ModeTables, 'counts' | 'moments'> {
  const counts: ModeTables['counts'] = {};
  const moments: ModeTables['moments'] = {};
  for (const [key, state] of Object.entries(states)) {
    const [phase, step, unit] = key.split(':');
    if (state.band === 'waiting') continue;
    const compared = state.fresh && !state.mixed;
    const count = counts[`${phase}:${step}:${state.variant}`] ?? { n: 0, mixed: 0, fresh: 0 };
    counts[`${phase}:${step}:${state.variant}`] = count;
    count.n += 1;
    count.mixed += state.mixed ? 1 : 0;
    count.fresh += compared ? 1 : 0;
    if (!compared || Number(phase) === PHASE.bandit) continue;
    for (const measure of MEASURES) {
      const mine = outcomes.filter(
        (o) =>
          o.unit_id === unit &&
          o.name === 'click' &&
          measure.fits(o) &&
          inTime(o, new Date(state.firstAt), measure.seconds),
      );
      if (mine.length === 0) continue;
      const value = unitValueOf(
        measure,
        mine.map((o) => o.value),
      );
      const moment = moments[`${phase}:${step}:${state.variant}:${measure.id}`] ?? { n: 0, sum: 0, squares: 0 };
      moments[`${phase}:${step}:${state.variant}:${measure.id}`] = moment;
      moment.n += 1;
      moment.sum += value;
      moment.squares += value * value;
    }
  }
  return { counts, moments };
}

const stepOf = ({ properties }: RawOutcome) =>
  typeof properties?.step === 'number' && Number.isInteger(properties.step) ? properties.step : 1;

function callsByHand({ outcomes }: Raw): ModeTables['calls'] {
  const calls: ModeTables['calls'] = {};
  for (const o of outcomes) {
    const { phase, status, variant } = o.properties ?? {};
    if (phase !== PHASE.canary && phase !== PHASE.ab) continue;
    if (o.name !== 'assay.ms' && !(o.name === 'assay.error' && status === 'missing')) continue;
    const key = `${phase}:${phase === PHASE.canary ? stepOf(o) : 1}:${variant === 'a' ? 1 : 2}:${status}`;
    calls[key] = (calls[key] ?? 0) + 1;
  }
  return calls;
}

/** In the order in which the roll-up came to know of them. */
function failuresByHand({ outcomes }: Raw): ModeTables['failures'] {
  const failures: ModeTables['failures'] = {};
  const band = (o: RawOutcome) => String(o.properties?.band);
  const ordered = [...outcomes].sort(
    (a, b) =>
      a.rolled_at.getTime() - b.rolled_at.getTime() ||
      a.received_at.getTime() - b.received_at.getTime() ||
      a.at.getTime() - b.at.getTime() ||
      stepOf(a) - stepOf(b) ||
      (band(a) < band(b) ? -1 : 1),
  );
  for (const o of ordered) {
    if (o.properties?.phase !== PHASE.canary || stepOf(o) > 3) continue;
    if (!['candidate', 'control', 'waiting'].includes(band(o))) continue;
    const error = o.name === 'assay.error' && o.value !== 0;
    const slow = o.name === 'assay.ms' && (o.value > SLOW_MS || o.properties.status === 'timeout');
    if (!error && !slow) continue;
    failures[`${error ? 0 : 2}:${o.unit_id}`] ??= { step: stepOf(o), band: band(o), at: o.at.getTime() };
  }
  return failures;
}

/** The first event of each answer of a phase, in order of time. */
function answersOf(events: RawAnswer[], phase: number, id: 'decision_id' | 'impression_id'): RawAnswer[] {
  const first = new Map<string, RawAnswer>();
  for (const e of events) {
    if (e.phase_id !== phase) continue;
    const key = `${e.unit_id}:${e[id]}`;
    const other = first.get(key);
    if (!other || e.at < other.at || (+e.at === +other.at && e.received_at < other.received_at)) first.set(key, e);
  }
  return [...first.values()].sort((a, b) => a.at.getTime() - b.at.getTime() || (a[id] < b[id] ? -1 : 1));
}

const named = (numbered: Set<string>, phase: number, attribute: string, given: Record<string, unknown> | null) => {
  const name = `${attribute}=${given?.[attribute]}`;
  return numbered.has(`${phase}:${name}`) ? name : `${attribute}=?`;
};

function decisionsByHand({ exposures, outcomes, numbered }: Raw): ModeTables['decisions'] {
  const all = answersOf(exposures, PHASE.bandit, 'decision_id');
  const credited = new Map<RawAnswer, number[]>();
  for (const o of outcomes) {
    if (o.name !== 'click') continue;
    const mine = all.filter((d) => d.unit_id === o.unit_id && d.at <= o.at);
    const d = o.decision_id === null ? mine.at(-1) : mine.find((each) => each.decision_id === o.decision_id);
    if (d && inTime(o, d.at, 1200)) credited.set(d, [...(credited.get(d) ?? []), o.value]);
  }
  return Object.fromEntries(
    all.map((d) => {
      const values = credited.get(d) ?? [];
      const context = named(numbered, PHASE.bandit, 'device', d.segment);
      const reward = unitValueOf(MEASURES[1], values);
      return [
        `${d.unit_id}:${d.decision_id}`,
        { epoch: d.step, variant: d.variant_id, at: d.at.getTime(), n: values.length, reward, context },
      ];
    }),
  );
}

function creditsByHand({ impressions, outcomes }: Raw): ModeTables['credits'] {
  const all = answersOf(impressions, PHASE.interleave, 'impression_id');
  const wins = new Map<RawAnswer, Record<string, Record<string, number>>>();
  for (const o of outcomes) {
    if (o.name !== 'click' || o.item_id === null) continue;
    const mine = all.filter(
      (i) => i.unit_id === o.unit_id && i.at <= o.at && i.items.some((item) => item.id === o.item_id),
    );
    const i = o.impression_id === null ? mine.at(-1) : mine.find((each) => each.impression_id === o.impression_id);
    if (!i) continue;
    for (const measure of MEASURES) {
      if (!measure.fits(o) || !inTime(o, i.at, measure.seconds)) continue;
      const own = wins.get(i) ?? {};
      wins.set(i, own);
      const items = own[measure.id] ?? {};
      own[measure.id] = items;
      items[o.item_id] = (items[o.item_id] ?? 0) + (measure.aggregate === 'sum' ? o.value : 1);
    }
  }
  return Object.fromEntries(
    all.map((i) => [
      `${i.unit_id}:${i.impression_id}`,
      { at: i.at.getTime(), items: i.items, degraded: i.degraded, wins: wins.get(i) ?? {} },
    ]),
  );
}

function comparisonsByHand({ comparisons, outcomes, numbered }: Raw): ModeTables['comparisons'] {
  return Object.fromEntries(
    answersOf(comparisons, PHASE.shadow, 'decision_id').map((c) => {
      const labels = outcomes
        .filter((o) => o.name === 'click' && o.unit_id === c.unit_id && o.decision_id === c.decision_id)
        .filter((o) => inTime(o, c.at, 1200))
        .sort((a, b) => a.at.getTime() - b.at.getTime() || a.value - b.value);
      const segments = ['device', 'tier'].map((attribute) => named(numbered, PHASE.shadow, attribute, c.segment));
      return [
        `${c.unit_id}:${c.decision_id}`,
        { at: c.at.getTime(), candidate: c.candidate, label: labels[0]?.value ?? null, segments },
      ];
    }),
  );
}
