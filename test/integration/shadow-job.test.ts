import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { modeJob } from '../../server/analysis/mode-job.ts';
import { readShadowResult } from '../../server/analysis/shadow/read-shadow-result.ts';
import { computeShadow } from '../../server/analysis/shadow/shadow-job.ts';
import type { ShadowResult, UnitSums } from '../../server/analysis/shadow/shadow-result.ts';
import { databaseOf } from '../../server/db/database.ts';
import { findExperiment } from '../../server/experiments/experiment-store.ts';
import { aucDifference, coMomentsOf, momentsOf, ratioOfSums, sampleQuantile } from '../../stats/index.ts';
import { lendPoolToEachTest } from './lent-pool.ts';
import {
  BUDGET_MS,
  insertComparisons,
  insertShadowPhase,
  makeComparisons,
  type TestComparison,
  WINDOW_SECONDS,
} from './shadow-data.ts';

let pool: pg.Pool;
let now: number;
lendPoolToEachTest((lent) => {
  pool = lent;
  now = Math.floor(Date.now() / 1000) * 1000;
});

async function compute(asOf = now): Promise<ShadowResult> {
  const row = await findExperiment(databaseOf(pool), 1, 'e');
  const phase = row?.phases[0];
  if (!row || !phase) throw new Error('no experiment');
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read');
    const [found] = await computeShadow(client, row, phase, new Date(asOf));
    await client.query('commit');
    return found?.result as ShadowResult;
  } finally {
    client.release();
  }
}

async function prepare(settings: Parameters<typeof insertShadowPhase>[1] = {}, units = 400): Promise<TestComparison[]> {
  await insertShadowPhase(pool, { budgetMs: BUDGET_MS, referenceShare: 0.3, label: 'fraud', ...settings }, now);
  const rows = makeComparisons(units, 11, now);
  await insertComparisons(pool, rows);
  return rows;
}

/** By unit and straight from the rows: the mean over decisions and its clustered error. */
function expected(
  rows: TestComparison[],
  value: (row: TestComparison) => number | null,
  divisor: (row: TestComparison) => number = () => 1,
) {
  const units = new Map<string, { y: number; d: number; n: number; up: number }>();
  for (const row of rows) {
    const found = value(row);
    if (found === null) continue;
    const unit = units.get(row.unit) ?? { y: 0, d: 0, n: 0, up: 0 };
    units.set(row.unit, {
      y: unit.y + found,
      d: unit.d + divisor(row),
      n: unit.n + 1,
      up: unit.up + Math.max(0, found),
    });
  }
  const all = [...units.values()];
  const ratio = ratioOfSums(coMomentsOf([all.map((each) => each.y), all.map((each) => each.d)]));
  if (ratio.status !== 'ok') throw new Error(ratio.status);
  const decisions = all.reduce((sum, each) => sum + each.n, 0);
  return {
    estimate: ratio.ratio,
    standardError: ratio.standardError,
    units: all.length,
    decisions,
    up: all.reduce((sum, each) => sum + each.up, 0),
    upUnits: all.filter((each) => each.up > 0).length,
    effectiveUnits: decisions ** 2 / all.reduce((sum, each) => sum + each.n ** 2, 0),
  };
}

function found(sums: UnitSums | null | undefined): ReturnType<typeof expected> {
  if (!sums) throw new Error('no sums');
  const ratio = ratioOfSums({
    n: sums.units,
    means: [sums.mean, sums.divisorMean],
    products: [
      [sums.squares, sums.products],
      [sums.products, sums.divisorSquares],
    ],
  });
  if (ratio.status !== 'ok') throw new Error(ratio.status);
  const { units, decisions, up, upUnits, effectiveUnits } = sums;
  return { estimate: ratio.ratio, standardError: ratio.standardError, units, decisions, up, upUnits, effectiveUnits };
}

function same(sums: UnitSums | null | undefined, wanted: ReturnType<typeof expected>): void {
  for (const [name, value] of Object.entries(found(sums))) {
    const want = wanted[name as keyof typeof wanted];
    expect(Math.abs(value - want), name).toBeLessThan(1e-9 * Math.max(1, Math.abs(want)));
  }
}

const failed = (status: string) => (status === 'error' || status === 'timeout' ? 1 : 0);
const differs = ({ candidate, measures }: TestComparison) =>
  candidate.status === 'ok' ? Number(!measures.agree) : candidate.status === 'cancelled' ? null : 1;
const differsAgain = ({ reference, measuresReference }: TestComparison) =>
  reference && measuresReference ? Number(!measuresReference.agree) : null;
const msOf = (call: TestComparison['candidate']) =>
  call.status === 'cancelled' ? null : call.status === 'timeout' ? Math.max(call.ms, BUDGET_MS) : call.ms;
const both = (a: number | null, b: number | null) => (a === null || b === null ? null : a - b);

describe('the job on comparisons', () => {
  it('sums per unit what the decisions say', async () => {
    const rows = await prepare();
    const { sums, statuses, ...rest } = await compute();
    expect(rest).toMatchObject({
      comparisons: rows.length,
      units: 400,
      references: rows.filter((each) => each.reference).length,
    });
    same(sums.disagreement, expected(rows, differs));
    same(sums.disagreement_reference, expected(rows, differsAgain));
    same(
      sums.disagreement_difference,
      expected(rows, (row) => both(differs(row), differsAgain(row))),
    );
    const error = ({ status }: { status: string }) => (status === 'cancelled' ? null : failed(status));
    same(
      sums.error_candidate,
      expected(rows, (row) => error(row.candidate)),
    );
    same(
      sums.error_reference,
      expected(rows, ({ reference }) => reference && error(reference)),
    );
    same(
      sums.error_difference,
      expected(rows, ({ candidate, reference }) => reference && both(error(candidate), error(reference))),
    );
    const paired = rows.filter((row) => row.reference && row.candidate.status !== 'cancelled');
    same(
      sums.ms_candidate,
      expected(paired, (row) => msOf(row.candidate)),
    );
    same(
      sums.ms_ratio,
      expected(
        paired,
        (row) => msOf(row.candidate),
        (row) => row.reference?.ms ?? 0,
      ),
    );
    same(
      sums.score_difference,
      expected(rows, ({ candidate, champion }) => both(candidate.score ?? null, champion.score ?? null)),
    );
    const timeouts = rows.filter((row) => row.candidate.status === 'timeout').length;
    expect(statuses).toContainEqual({ call: 'candidate', status: 'timeout', n: timeouts });
  });

  it('breaks disagreement down by segment, takes measures by name, and fields that differ as shares of all', async () => {
    const rows = await prepare();
    const fields = rows.filter((row) => row.candidate.status === 'ok');
    for (const [i, row] of fields.entries()) if (i % 7 === 0) row.measures['differs.price'] = true;
    await pool.query('delete from unit_comparison');
    await insertComparisons(pool, rows);
    const { segments, measures } = await compute();
    expect(segments.map(({ value }) => value)).toEqual([null, 'de', 'fr']);
    for (const [i, { disagreement }] of segments.entries()) {
      const own = rows.filter((row) => row.segment === i + 1);
      same(disagreement, expected(own, differs));
    }
    expect(measures.map(({ name }) => name)).toEqual(['difference', 'differs.price']);
    same(
      measures[0]?.candidate,
      expected(rows, (row) => (typeof row.measures.difference === 'number' ? row.measures.difference : null)),
    );
    same(
      measures[1]?.candidate,
      expected(fields, (row) => Number(row.measures['differs.price'] ?? false)),
    );
    expect(measures[1]?.reference?.up).toBe(0);
  });

  it('scores both models on mature labels alone', async () => {
    const rows = await prepare();
    const wait = (WINDOW_SECONDS + 1800) * 1000;
    const mature = rows.filter((row) => row.at + wait <= now);
    const scored = mature.filter((row) => row.label !== null && row.candidate.score !== undefined);
    const { labels } = await compute();
    expect(labels).toMatchObject({
      mature: mature.length,
      labelled: mature.filter((row) => row.label !== null).length,
      open: rows.length - mature.length,
      scored: scored.length,
      positive: scored.filter((row) => row.label === 1).length,
    });
    expect(labels?.losses.map(({ name }) => name)).toEqual(['log_loss', 'brier', 'wrong']);
    const logLoss = (score: number, label: number | null) => -Math.log(label === 1 ? score : 1 - score);
    same(
      labels?.losses[0]?.difference,
      expected(
        scored,
        (row) => logLoss(row.candidate.score ?? 0, row.label) - logLoss(row.champion.score ?? 0, row.label),
      ),
    );
    same(
      labels?.losses[1]?.champion,
      expected(scored, (row) => ((row.champion.score ?? 0) - (row.label ?? 0)) ** 2),
    );
    same(
      labels?.losses[2]?.candidate,
      expected(scored, (row) => Number(Number(row.candidate.label) !== row.label)),
    );
    const auc = aucDifference({
      control: scored.map((row) => row.champion.score ?? 0),
      treatment: scored.map((row) => row.candidate.score ?? 0),
      positive: scored.map((row) => row.label === 1),
      cluster: scored.map((row) => row.unit),
    });
    if (auc.status !== 'ok' || !labels?.auc) throw new Error('no areas');
    expect(labels.auc.champion).toBeCloseTo(auc.aucControl, 10);
    expect(labels.auc.candidate).toBeCloseTo(auc.aucTreatment, 10);
    expect(labels.auc.difference).toBeCloseTo(auc.estimate, 10);
    expect(labels.auc.standardError).toBeCloseTo(auc.standardError, 10);
    expect(labels.auc.units).toBe(auc.clusters);
    // a label that comes later counts when it is there and mature
    const open = rows.filter((row) => row.at + wait > now);
    const later = await compute(now + 4 * 3_600_000);
    expect(later.labels?.mature).toBe(mature.length + open.length);
  });

  it('scores other numbers by their error, and says nothing of a metric that depends on the answer', async () => {
    const rows = await prepare();
    await pool.query(`update unit_comparison set label = 10 * label + 3`);
    const { labels } = await compute();
    expect(labels?.losses.map(({ name }) => name)).toEqual(['absolute_error', 'squared_error']);
    expect(labels?.auc).toBeNull();
    const scored = rows.filter(
      (row) =>
        row.at + (WINDOW_SECONDS + 1800) * 1000 <= now && row.label !== null && row.candidate.score !== undefined,
    );
    same(
      labels?.losses[0]?.candidate,
      expected(scored, (row) => Math.abs((row.candidate.score ?? 0) - 10 * (row.label ?? 0) - 3)),
    );
    await pool.query('update metric set independent_of_answer = false');
    expect((await compute()).labels).toBeNull();
  });

  it('tells how it went over time, a unit once a stretch', async () => {
    const rows = await prepare();
    const { drift } = await compute();
    const [first, last] = [Math.min(...rows.map(({ at }) => at)), Math.max(...rows.map(({ at }) => at))];
    expect(drift?.seconds).toBe(300);
    expect((last - first) / 300_000).toBeLessThan(60);
    const own = drift?.points.map(({ at }) => {
      const from = Date.parse(at);
      const within = rows.filter((row) => row.at >= from && row.at < from + 300_000);
      const told = within.filter((row) => differs(row) !== null);
      const units = [...new Set(told.map(({ unit }) => unit))].map((unit) => told.filter((row) => row.unit === unit));
      const twice = within.filter(({ reference }) => reference);
      return {
        decisions: told.length,
        differing: told.filter((row) => differs(row) === 1).length,
        effectiveUnits: told.length ** 2 / units.reduce((sum, all) => sum + all.length ** 2, 0),
        references: twice.length,
        failed: within.filter(({ candidate }) => failed(candidate.status)).length,
      };
    });
    expect(own?.reduce((sum, { decisions }) => sum + decisions, 0)).toBe(
      rows.filter((row) => differs(row) !== null).length,
    );
    for (const [i, wanted] of (own ?? []).entries()) {
      const { effectiveUnits, ...exact } = wanted;
      expect(drift?.points[i]).toMatchObject(exact);
      expect(drift?.points[i]?.effectiveUnits).toBeCloseTo(effectiveUnits, 9);
    }
  });

  it('spreads the differences of scores around zero, and keeps a sample of pairs that stays', async () => {
    const rows = await prepare();
    const { pairs } = await compute();
    const both = rows.flatMap(({ champion, candidate }) =>
      candidate.score === undefined ? [] : [[champion.score ?? 0, candidate.score] as const],
    );
    const { lower, upper, counts } = pairs?.differences ?? { lower: 0, upper: 0, counts: [] };
    expect(lower).toBe(-upper);
    const size = (upper - lower) / counts.length;
    const wanted = counts.map(() => 0);
    for (const [old, fresh] of both) {
      const bin = Math.min(counts.length - 1, Math.max(0, Math.floor((fresh - old - lower) / size)));
      wanted[bin] = (wanted[bin] ?? 0) + 1;
    }
    expect(counts).toEqual(wanted);
    expect(pairs?.sample).toHaveLength(300);
    const known = new Set(both.map((pair) => pair.map((score) => Number(score.toPrecision(4))).join()));
    for (const pair of pairs?.sample ?? []) expect(known).toContain(pair.join());
    await pool.query(`delete from unit_comparison where unit_id = 'u0'`);
    const before = new Set(pairs?.sample.map((pair) => pair.join()));
    const kept = (await compute()).pairs?.sample.filter((pair) => before.has(pair.join())) ?? [];
    expect(kept.length).toBeGreaterThan(280);
  });

  it('keeps histograms over a range chosen once, quantiles and the largest disagreements', async () => {
    const rows = await prepare();
    const { scores, quantiles, examples } = await compute();
    const scored = rows.filter((row) => row.candidate.score !== undefined);
    expect(scores).toMatchObject({ lower: 0, upper: 1 });
    const bins = (values: number[]) =>
      values.reduce((all, value) => {
        const bin = Math.min(199, Math.floor(value * 200));
        all[bin] = (all[bin] ?? 0) + 1;
        return all;
      }, new Array<number>(200).fill(0));
    expect(scores?.champion).toEqual(bins(scored.map((row) => row.champion.score ?? 0)));
    expect(scores?.candidate).toEqual(bins(scored.map((row) => row.candidate.score ?? 0)));
    const moments = momentsOf(scored.map((row) => (row.candidate.score ?? 0) - (row.champion.score ?? 0)));
    expect(scores?.differences.m2).toBeCloseTo(moments.m2, 9);
    const ms = rows.filter((row) => row.reference).flatMap((row) => msOf(row.candidate) ?? []);
    const median = sampleQuantile(ms, 0.5, 1) ?? Number.NaN;
    const at = quantiles.find(({ p }) => p === 0.5)?.candidate;
    expect(Math.abs((at?.ms ?? 0) / median - 1)).toBeLessThan(0.006);
    expect(at?.lowerMs).toBeLessThan(median);
    expect(at?.upperMs).toBeGreaterThan(median);
    const gaps = rows
      .filter((row) => row.example && differs(row) === 1)
      .sort((a, b) => gapOf(b) - gapOf(a))
      .slice(0, 20);
    expect(examples.map(({ decision }) => decision).slice(0, 10)).toEqual(gaps.map((row) => row.decision).slice(0, 10));
    // the range stays when scores outside it come
    await pool.query(`insert into holistic (phase_id, metric_id, computed_at, result) values (1, 0, now(), $1)`, [
      JSON.stringify({ scores }),
    ]);
    await pool.query(`update unit_comparison set candidate = candidate || '{"score": 7}' where decision_id = 'd0-0'`);
    expect((await compute()).scores).toMatchObject({ lower: 0, upper: 1 });
  });

  it('is stored by the loop of all modes, with dropped calls from the minutes of the slot', async () => {
    await prepare({}, 50);
    await pool.query(
      `insert into slot_minute (environment_id, slot_id, minute, counters, ms) values
       (1, 1, $1, '{"shadowed": 900, "shadowDropped": 5}', '{}'), (1, 1, $1, '{"shadowed": 90, "decisions": 3}', '{}'),
       (1, 1, $2, '{"shadowed": 7000}', '{}')`,
      [new Date(now - 3_600_000), new Date(now - 30 * 3_600_000)],
    );
    const job = modeJob(pool, () => new Date(now));
    expect(await job()).toBe(true);
    expect(await job()).toBe(false);
    const stored = await readShadowResult(pool, 1);
    expect(stored?.result.calls).toEqual({ shadowed: 990, dropped: 5 });
    expect(stored?.result.units).toBe(50);
  });

  it('of an empty phase finds nothing and fails at nothing', async () => {
    await insertShadowPhase(pool, { label: 'fraud' }, now);
    expect(await compute()).toMatchObject({ comparisons: 0, sums: {}, scores: null, examples: [], measures: [] });
  });
});

const gapOf = ({ candidate, champion }: TestComparison) =>
  candidate.score === undefined || champion.score === undefined ? -1 : Math.abs(candidate.score - champion.score);
