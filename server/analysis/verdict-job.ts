import type { Pool } from 'pg';
import { databaseOf } from '../db/database.ts';
import { findExperiment } from '../experiments/experiment-store.ts';
import type { Services } from '../services.ts';
import { readVerdictReport } from './report-reader.ts';
import { unitsOf } from './units-of.ts';

/** After the last window has closed, looks and unit totals need at most this long. */
const SETTLING_SECONDS = 3_600;
const AT_ONCE = 20;

interface EndedPhase {
  environmentId: number;
  /** Of the experiment. */
  key: string;
  phaseId: number;
  /** Nothing can change its verdict any more. */
  settled: boolean;
}

/**
 * Keeps what ended phases came to, so that the list of experiments reads one row for each: renewed ever more rarely, and
 * a last time when nothing can change any more. Answers whether more wait.
 */
export function verdictJob(services: Pick<Services, 'pool' | 'now'>): () => Promise<boolean> {
  return async () => {
    const ended = await listEnded(services.pool, services.now());
    const failures: unknown[] = [];
    for (const each of ended) await keepVerdict(services, each).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
    return ended.length === AT_ONCE;
  };
}

/** Those whose verdict is missing or old for its age: after a second it is renewed every 5 s, after a day hourly. */
async function listEnded(pool: Pool, now: Date): Promise<EndedPhase[]> {
  const { rows } = await pool.query<EndedPhase>(
    `with wait as (
       select pm.phase_id, max(m.window_seconds + pm.lateness_seconds) as seconds
       from phase_measure pm join measure m on m.id = pm.measure_id group by 1
     ), ended as (
       select p.*, extract(epoch from $1::timestamptz - coalesce(p.closed_at, p.ended_at)) as age,
         coalesce(w.seconds, 0) + p.cohort_seconds + $2::int as settles
       from phase p left join wait w on w.phase_id = p.id
       -- a rebuild takes long, and starts again when the row of its phase is written meanwhile
       where p.state = 'ended' and not p.rebuild_wanted
     )
     select e.environment_id as "environmentId", e.key, p.id as "phaseId",
       p.age >= p.settles as settled
     from ended p join experiment e on e.id = p.experiment_id
     where p.verdict is null or not (p.verdict->>'settled')::boolean and (
       p.age >= p.settles or extract(epoch from $1::timestamptz - (p.verdict->>'at')::timestamptz) >= greatest(5, p.age / 20))
     order by p.id limit $3`,
    [now, SETTLING_SECONDS, AT_ONCE],
  );
  return rows;
}

async function keepVerdict(services: Pick<Services, 'pool' | 'now'>, ended: EndedPhase): Promise<void> {
  const { environmentId, key, phaseId, settled } = ended;
  const row = await findExperiment(databaseOf(services.pool), environmentId, key);
  const phase = row?.phases.find((each) => each.id === phaseId);
  if (!row || !phase) return;
  const report = await readVerdictReport(services, row, phase);
  const { verdict, computedAt: at } = report;
  await services.pool.query('update phase set verdict = $2 where id = $1', [
    phaseId,
    JSON.stringify({ at, settled, units: unitsOf(report), verdict }),
  ]);
}
