import { type Bin, bucketedQuantile, quantileBin } from '../../../stats/index.ts';
import type { Queryable } from '../../db/queryable.ts';
import { binLimits, binOf } from '../unit-job/log-bins.ts';
import { LEAST_UNITS, lookLevel, type ShadowDesign } from './shadow-estimate.ts';
import type { QuantileOfMs, ShadowResult, ShadowScores } from './shadow-result.ts';

const QUANTILES = [0.5, 0.95, 0.99];
const BUCKETS = 100;
/** Buckets of units with calls that limits need at least. */
const LEAST_BUCKETS = 20;
const SCORE_BINS = 200;
/** Scores from which the range of their histograms is chosen. */
const LEAST_SCORES = 100;

interface BinCount {
  bin: number;
  bucket: number;
  n: number;
}

/** Quantiles of latency where the champion was called twice, with limits that hold however often one looks. */
export async function readShadowQuantiles(
  client: Queryable,
  units: number,
  design: ShadowDesign,
): Promise<ShadowResult['quantiles']> {
  const { rows } = await client.query<BinCount & { call: string }>(
    `select m.call, bucket, ${binOf('m.ms')} as bin, count(*)::int as n from shadow_call
     cross join lateral (values ('candidate', c_ms), ('reference', r_ms)) m(call, ms)
     where c_ms is not null and r_ms is not null group by 1, 2, 3 order by 3`,
  );
  const level = units < LEAST_UNITS ? null : lookLevel(units, { ...design, tunedTo: design.tunedToReference });
  const of = (call: string) => rows.filter((row) => row.call === call);
  const [candidate, reference] = [of('candidate'), of('reference')];
  return QUANTILES.map((p) => ({
    p,
    candidate: quantileOfBins(candidate, p, level),
    reference: quantileOfBins(reference, p, level),
  }));
}

/** Without a level the quantile alone. */
export function quantileOfBins(counts: BinCount[], p: number, level: number | null): QuantileOfMs | null {
  if (counts.length === 0) return null;
  const byBin = new Map<number, number>();
  for (const { bin, n } of counts) byBin.set(bin, (byBin.get(bin) ?? 0) + n);
  const bins: (Bin & { bin: number })[] = [...byBin]
    .sort(([one], [other]) => one - other)
    .map(([bin, n]) => ({ ...binLimits(bin), bin, n }));
  const place = bins[quantileBin(bins, p)];
  if (!place) return null;
  const buckets = Array.from({ length: BUCKETS }, () => ({ n: 0, within: 0 }));
  for (const { bin, bucket, n } of counts) {
    const into = buckets[bucket];
    if (!into) continue;
    into.n += n;
    if (bin <= place.bin) into.within += n;
  }
  const filled = buckets.filter(({ n }) => n > 0).length;
  const found = level === null || filled < LEAST_BUCKETS ? null : bucketedQuantile(bins, buckets, p, { level });
  if (found?.status !== 'ok') return { ms: place.middle, lowerMs: null, upperMs: null };
  return { ms: found.quantile, lowerMs: found.lower, upperMs: found.upper };
}

/** Both models' scores of the same decisions; `range` is that of the last result, as it is chosen once a phase. */
export async function readShadowScores(
  client: Queryable,
  range: { lower: number; upper: number } | null,
): Promise<ShadowScores | null> {
  const { rows } = await client.query<{ n: number; mean: number; m2: number; least: number; most: number }>(
    `select count(*)::float8 as n, avg(c_score - p_score) as mean, var_pop(c_score - p_score) * count(*) as m2,
       least(min(c_score), min(p_score)) as least, greatest(max(c_score), max(p_score)) as most
     from shadow_call where c_score is not null and p_score is not null`,
  );
  const all = rows[0];
  if (!all || (range === null && all.n < LEAST_SCORES)) return null;
  const { lower, upper } = range ?? chooseRange(all.least, all.most);
  const { rows: counted } = await client.query<{ model: string; bin: number; n: number }>(
    `select s.model, least(${SCORE_BINS}, greatest(1, width_bucket(s.score, $1::float8, $2::float8, ${SCORE_BINS}))) as bin,
       count(*)::float8 as n
     from shadow_call cross join lateral (values ('champion', p_score), ('candidate', c_score)) s(model, score)
     where c_score is not null and p_score is not null group by 1, 2`,
    [lower, upper],
  );
  const binsOf = (model: string) => {
    const bins = new Array<number>(SCORE_BINS).fill(0);
    for (const row of counted) if (row.model === model) bins[row.bin - 1] = row.n;
    return bins;
  };
  const differences = { n: all.n, mean: all.mean ?? 0, m2: all.m2 ?? 0 };
  return { lower, upper, champion: binsOf('champion'), candidate: binsOf('candidate'), differences };
}

/** Probabilities lie from 0 to 1; other scores get room for those to come. */
export function chooseRange(least: number, most: number): { lower: number; upper: number } {
  if (least >= 0 && most <= 1) return { lower: 0, upper: 1 };
  const room = most > least ? (most - least) / 4 : Math.max(1, Math.abs(least) / 4);
  return { lower: least - room, upper: most + room };
}
