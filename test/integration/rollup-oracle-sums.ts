import type pg from 'pg';
import type { ReportRows } from '../../server/analysis/report-store.ts';
import { clippedValue, find, type Measure, type Snapshot, wholeValue } from './rollup-oracle.ts';

/** Digits after the point that exact sums carry: floats of the stream have fewer. */
const DIGITS = 60;

/** A float as an integer of 10^-60: all digits that it prints. */
function exact(x: number): bigint {
  const [mantissa = '0', exponent = '0'] = x.toExponential().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return BigInt(whole + fraction) * 10n ** BigInt(DIGITS + Number(exponent) - fraction.length);
}

/** numerator/denominator of integers, to a float; the numerator is in units of 10^-(60 power). */
function toNumber(numerator: bigint, denominator: bigint, power: number): number {
  const more = 40;
  return Number(`${(numerator * 10n ** BigInt(more)) / denominator}e-${more + DIGITS * power}`);
}

const total = (values: bigint[]) => values.reduce((sum, each) => sum + each, 0n);

/** Sum, mean and centred moments of units' values, every digit kept until the end. */
function exactSums(values: number[]) {
  const n = BigInt(values.length);
  const x = values.map(exact);
  const s = total(x);
  // Deviations times n, so that nothing is rounded.
  const d = x.map((each) => n * each - s);
  return {
    units: values.length,
    sum: toNumber(s, 1n, 1),
    mean: toNumber(s, n, 1),
    m2: toNumber(total(d.map((each) => each * each)), n * n, 2),
    m3: toNumber(total(d.map((each) => each ** 3n)), n ** 3n, 3),
  };
}

function exactProduct(pairs: [number, number][]): number {
  const n = BigInt(pairs.length);
  const a = pairs.map(([each]) => exact(each));
  const b = pairs.map(([, each]) => exact(each));
  const [sa, sb] = [total(a), total(b)];
  return toNumber(total(a.map((each, i) => (n * each - sa) * (n * (b[i] ?? 0n) - sb))), n * n, 2);
}

/** What a report must read of one phase, from its unit tables by plain loops and in exact arithmetic. */
export async function expectedRows(pool: pg.Pool, phase: number, tables: Snapshot, now: Date) {
  const { rows: measures } = await pool.query<Measure>('select * from measure');
  const { rows: waits } = await pool.query<{ id: number; ms: number; cohort_ms: number }>(
    `select m.id, (m.window_seconds + pm.lateness_seconds) * 1000 as ms, p.cohort_seconds * 1000 as cohort_ms
     from phase_measure pm join measure m on m.id = pm.measure_id join phase p on p.id = pm.phase_id
     where p.id = $1 order by 1`,
    [phase],
  );
  const { rows: pairs } = await pool.query<{ measure_a: number; measure_b: number }>(
    'select * from phase_pair where phase_id = $1',
    [phase],
  );
  const units = [...tables.states]
    .filter(([key]) => key.startsWith(`${phase}:`))
    .map(([key, state]) => ({ unit: key.slice(key.indexOf(':') + 1), ...state }));
  const variants = [...new Set(units.map((each) => each.variant))];
  const segments = [...new Set(units.flatMap((each) => each.segments))];
  const whole = units.filter((each) => !each.mixed);
  type Unit = (typeof units)[number];
  const matured = (ids: number[], { firstAt }: Unit) =>
    ids.every((id) => {
      const wait = waits.find((each) => each.id === id);
      if (!wait) throw new Error(`measure ${id} is not in phase ${phase}`);
      return (Math.floor(firstAt / wait.cohort_ms) + 1) * wait.cohort_ms + wait.ms <= now.getTime();
    });
  const value = (id: number, { unit }: Unit) =>
    clippedValue(find(measures, id), tables.totals.get(`${phase}:${id}:${unit}`));
  const beyond = (id: number, { unit }: Unit) => {
    const { lower, upper } = find(measures, id);
    const whole = wholeValue(find(measures, id), tables.totals.get(`${phase}:${id}:${unit}`));
    return whole < lower || whole > upper;
  };
  const rowsOf = (keep: (each: Unit, id: number, mature: boolean) => boolean, mature: boolean) =>
    waits.flatMap(({ id }) =>
      variants.flatMap((variantId) => {
        const mine = whole.filter((each) => each.variant === variantId && keep(each, id, mature));
        if (mine.length === 0) return [];
        const capped = mine.filter((each) => beyond(id, each)).length;
        return [{ measureId: id, variantId, ...exactSums(mine.map((each) => value(id, each))), capped }];
      }),
    );
  const inTime = (each: Unit, id: number, mature: boolean) => matured([id], each) === mature;
  const drawn = (segment: string, variantId: number) =>
    units.filter((each) => each.variant === variantId && !each.sticky && each.segments.includes(segment)).length;
  return {
    measures: [true, false].flatMap((mature) => rowsOf(inTime, mature).map((row) => ({ ...row, mature }))),
    segments: segments.flatMap((segment) =>
      rowsOf((each, id, mature) => inTime(each, id, mature) && each.segments.includes(segment), true).map(
        ({ m3: _, capped: __, ...row }) => ({ ...row, segment }),
      ),
    ),
    pairs: pairs.flatMap(({ measure_a, measure_b }) =>
      variants.flatMap((variantId) => {
        const mine = whole.filter((each) => each.variant === variantId && matured([measure_a, measure_b], each));
        if (mine.length === 0) return [];
        const m11 = exactProduct(mine.map((each) => [value(measure_a, each), value(measure_b, each)]));
        return [{ measureA: measure_a, measureB: measure_b, variantId, units: mine.length, m11 }];
      }),
    ),
    segmentCounts: segments.flatMap((segment) =>
      variants.flatMap((variantId) => {
        const count = drawn(segment, variantId);
        return count > 0 ? [{ segment, variantId, units: count }] : [];
      }),
    ),
    counts: variants.map((variantId) => {
      const mine = units.filter((each) => each.variant === variantId);
      const of = (name: 'mixed' | 'sticky') => mine.filter((each) => each[name]).length;
      return { variantId, units: mine.length, mixed: of('mixed'), sticky: of('sticky') };
    }),
  };
}

/** The same of the rows that a report read, with the names of its segments. */
export function namedRows({ measures, segments, pairs, segmentCounts, segmentValues, counts }: ReportRows) {
  const named = <T extends { segmentId: number }>({ segmentId, ...row }: T) => {
    const found = segmentValues.find((each) => each.id === segmentId);
    return { ...row, segment: found ? `${found.attribute}=${found.value ?? '?'}` : `number ${segmentId}` };
  };
  return {
    measures,
    segments: segments.map(named),
    pairs,
    segmentCounts: segmentCounts.map(named),
    counts,
  };
}
