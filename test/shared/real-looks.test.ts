import { beforeAll, describe, expect, it } from 'vitest';
import { asymptoticSequence, groupSequentialBoundary, sampleRatioTest } from '../../stats/index.ts';
import { isThere, readCsv } from './read-csv.ts';

const FILE = 'oce-asos/asos_digital_experiments_dataset.csv.gz';
/** Looks of a plan: at most 14, and as the plan's error the part that the sequential default gives to planned looks. */
const MOST_LOOKS = 14;
const ALPHA = 0.045;

interface Look {
  readonly control: number;
  readonly treatment: number;
  readonly difference: number;
  readonly variance: number;
}

interface Verdicts {
  readonly metric: string;
  readonly atTheEnd: boolean;
  readonly ever: boolean;
  readonly groupSequential: boolean;
  readonly alwaysValid: boolean;
}

const z = (look: Look): number => Math.abs(look.difference) / Math.sqrt(look.variance);
const information = (look: Look): number => 1 / (1 / look.control + 1 / look.treatment);

function lookOf(row: Record<string, string>): Look | null {
  const [control, treatment] = [Number(row.count_c), Number(row.count_t)];
  // an empty field is an unknown variance, not one of 0
  if (row.variance_c === '' || row.variance_t === '') return null;
  const variance = Number(row.variance_c) / control + Number(row.variance_t) / treatment;
  const difference = Number(row.mean_t) - Number(row.mean_c);
  return Number.isFinite(difference) && variance > 0 ? { control, treatment, difference, variance } : null;
}

function groupSequential(looks: readonly Look[]): boolean {
  const full = information(looks.at(-1)!);
  const planned: { look: Look; time: number }[] = [];
  for (let k = 1; k <= Math.min(MOST_LOOKS, looks.length); k++) {
    const look = looks[Math.round((k * looks.length) / Math.min(MOST_LOOKS, looks.length)) - 1]!;
    const time = information(look) / full;
    if (time > (planned.at(-1)?.time ?? 0) * (1 + 1e-5)) planned.push({ look, time });
  }
  const times = planned.map((each) => each.time);
  const { z: bounds } = groupSequentialBoundary({ type: 'obrien_fleming' }, times, { alpha: ALPHA });
  return planned.some(({ look }, k) => z(look) >= bounds[k]!);
}

function alwaysValid(looks: readonly Look[]): boolean {
  const tunedTo = looks.at(-1)!.control + looks.at(-1)!.treatment;
  return looks.some(({ difference, variance, control, treatment }) => {
    const input = { estimate: difference, standardError: Math.sqrt(variance), n: control + treatment, tunedTo };
    return asymptoticSequence(input).p < 0.05;
  });
}

describe.skipIf(!isThere(FILE))('78 real experiments with their looks', () => {
  const rows = isThere(FILE) ? readCsv(FILE) : [];
  const series = new Map<string, Record<string, string>[]>();
  for (const row of rows) {
    const key = [row.experiment_id, row.variant_id, row.metric_id].join(' ');
    series.set(key, [...(series.get(key) ?? []), row]);
  }
  const verdicts: Verdicts[] = [];

  beforeAll(() => {
    for (const [key, rows] of series) {
      const looks = [...rows]
        .sort((one, other) => Number(one.time_since_start) - Number(other.time_since_start))
        .flatMap((row) => lookOf(row) ?? []);
      if (looks.length === 0) continue;
      verdicts.push({
        metric: key.split(' ')[2]!,
        atTheEnd: z(looks.at(-1)!) > 1.96,
        ever: looks.some((look) => z(look) > 1.96),
        groupSequential: groupSequential(looks),
        alwaysValid: alwaysValid(looks),
      });
    }
  }, 60_000);

  const share = (which: (each: Verdicts) => boolean): number => verdicts.filter(which).length / verdicts.length;

  it('holds what its description says, golden row included', () => {
    expect(rows).toHaveLength(24153);
    expect(new Set(rows.map((row) => row.experiment_id)).size).toBe(78);
    const golden = series.get('036afc 2 1')!.find((row) => Number(row.time_since_start) === 76.5)!;
    expect([golden.count_c, golden.count_t].map(Number)).toEqual([1_050_994, 1_050_508]);
    expect(Number(golden.mean_c).toFixed(6)).toBe('0.586768');
    expect(Number(golden.mean_t).toFixed(6)).toBe('0.587275');
  });

  it('is significant at the end in 26 of 99, 27 of 94, 25 of 94 and 27 of 94 series', () => {
    const counts = ['1', '2', '3', '4'].map((metric) => {
      const own = verdicts.filter((each) => each.metric === metric);
      return [own.filter((each) => each.atTheEnd).length, own.length];
    });
    expect(counts).toEqual([
      [26, 99],
      [27, 94],
      [25, 94],
      [27, 94],
    ]);
  });

  it('is significant at some look in 59.1 %, twice as often as at the end', () => {
    expect((100 * share((each) => each.ever)).toFixed(1)).toBe('59.1');
    expect((100 * share((each) => each.atTheEnd)).toFixed(1)).toBe('27.6');
  });

  it('sequential methods may look as often and stay near the share at the end', () => {
    expect((100 * share((each) => each.groupSequential)).toFixed(1)).toBe('31.5');
    expect((100 * share((each) => each.alwaysValid)).toFixed(1)).toBe('27.6');
  });

  it('differs from 50 : 50 beyond p 0.001 in 12.1 % of pairs, which says nothing without the designed ratio', () => {
    const last = [...series].filter(([key]) => key.endsWith(' 1')).map(([, rows]) => rows.at(-1)!);
    const off = last.filter((row) => {
      const test = sampleRatioTest([Number(row.count_c), Number(row.count_t)], [1, 1]);
      return test.status === 'ok' && test.p < 0.001;
    });
    expect(last).toHaveLength(99);
    expect(((100 * off.length) / last.length).toFixed(1)).toBe('12.1');
  });
});
