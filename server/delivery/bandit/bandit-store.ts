import type { Queryable } from '../../db/queryable.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import type { BanditResult } from './bandit-result.ts';
import type { CellCount } from './close-epoch.ts';
import { type ClosedCells, readClosedCells, readWaitSeconds } from './epoch-store.ts';
import type { EpochDetail } from './next-epoch.ts';
import { epochEvidence, readRatioLog } from './ratio-log.ts';

/** Most points of a chart over time. */
const CHART_POINTS = 200;

/** What a report of a bandit reads: all of it of bounded size. */
export interface BanditRows {
  mode: 'bandit';
  stored: { computedAt: Date; result: BanditResult } | null;
  epoch: CurrentEpoch;
  /** Epochs that ended and are not closed yet, and closed ones. */
  waiting: number;
  closed: number;
  /** Weights by variant id at the start of epochs, thinned for a chart. */
  weights: { step: number; startedAt: Date; weights: Record<string, number> }[];
  periods: ClosedCells['periods'];
  waitSeconds: number;
  /** Log e-values of the sample ratio over all epochs, one a concentration. */
  ratioLogs: number[];
}

export interface CurrentEpoch {
  step: number;
  startedAt: Date;
  weights: Record<string, number>;
  contexts: Record<string, Record<string, number>> | null;
  detail: EpochDetail;
}

export async function readBanditRows(db: Queryable, phase: PhaseRow): Promise<BanditRows> {
  const measureId = await readRewardMeasure(db, phase);
  const ids = phase.split.map((each) => each.variantId);
  const [all] = await readClosedCells(db, phase.id, measureId, ids, null);
  return {
    mode: 'bandit',
    stored: await readBanditResult(db, phase.id),
    epoch: await readCurrentEpoch(db, phase),
    ...(await countEpochs(db, phase.id)),
    weights: await readWeightPoints(db, phase.id),
    periods: all?.periods ?? [],
    waitSeconds: await readWaitSeconds(db, phase.id, measureId),
    ratioLogs: await readRatioLogs(db, phase),
  };
}

async function readRewardMeasure(db: Queryable, phase: PhaseRow): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    'select measure_id as id from metric where environment_id = $1 and key = $2',
    [phase.environmentId, phase.settings.bandit?.reward],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new Error(`bandit phase ${phase.id} has no reward`);
  return id;
}

/** What the job stored last; null before its first run. */
export async function readBanditResult(
  db: Queryable,
  phaseId: number,
): Promise<{ computedAt: Date; result: BanditResult } | null> {
  const { rows } = await db.query<{ computedAt: Date; result: BanditResult }>(
    'select computed_at as "computedAt", result from holistic where phase_id = $1 and metric_id = 0',
    [phaseId],
  );
  return rows[0] ?? null;
}

export async function readCurrentEpoch(db: Queryable, phase: PhaseRow): Promise<CurrentEpoch> {
  const { rows } = await db.query<CurrentEpoch>(
    `select step, started_at as "startedAt", weights, contexts, detail from phase_step
     where phase_id = $1 order by step desc limit 1`,
    [phase.id],
  );
  const row = rows[0];
  if (!row) throw new Error(`bandit phase ${phase.id} has started without an epoch`);
  return row;
}

async function countEpochs(db: Queryable, phaseId: number): Promise<{ waiting: number; closed: number }> {
  const { rows } = await db.query<{ waiting: string; closed: string }>(
    `select count(*) filter (where ended_at is not null and closed_at is null) as waiting, count(closed_at) as closed
     from phase_step where phase_id = $1`,
    [phaseId],
  );
  return { waiting: Number(rows[0]?.waiting ?? 0), closed: Number(rows[0]?.closed ?? 0) };
}

async function readWeightPoints(db: Queryable, phaseId: number): Promise<BanditRows['weights']> {
  const { rows } = await db.query<BanditRows['weights'][number]>(
    `select step, started_at as "startedAt", weights from (
       select *, row_number() over (order by step) as place, count(*) over () as total from phase_step where phase_id = $1
     ) s
     where place = total or (place - 1) % greatest(1, ceil(total / ${CHART_POINTS - 1}.0)::int) = 0
     order by step`,
    [phaseId],
  );
  return rows;
}

/** Closed epochs from what was stored when they closed, the others from their counts so far. */
async function readRatioLogs(db: Queryable, phase: PhaseRow): Promise<number[]> {
  const context = phase.settings.bandit?.context ?? null;
  const { rows } = await db.query<CurrentEpoch & { variantId: number; context: string | null; cells: string }>(
    `with part as (   -- of all units, or of each value of the context with the units that have none
       select 0 as id, null as value where $2::text is null
       union all select id, value from segment_value where phase_id = $1 and attribute = $2
     )
     select s.step, s.weights, s.contexts, part.value as context, u.variant_id as "variantId", sum(u.n) as cells
     from phase_step s join unit_count u on u.phase_id = s.phase_id and u.step = s.step
     join part on part.id = u.segment_id
     where s.phase_id = $1 and s.closed_at is null
     group by s.phase_id, s.step, part.id, part.value, u.variant_id having sum(u.n) > 0`,
    [phase.id, context],
  );
  const epochs = new Map(rows.map((row) => [row.step, row]));
  const open = [...epochs.values()].map((epoch) => {
    const counts: CellCount[] = rows
      .filter((row) => row.step === epoch.step)
      .map((row) => ({ context: row.context, variantId: row.variantId, cells: Number(row.cells) }));
    return epochEvidence(epoch, counts);
  });
  return open.reduce((sums, logs) => sums.map((sum, i) => sum + (logs[i] ?? 0)), await readRatioLog(db, phase.id));
}
