import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import pino from 'pino';
import { readConfig } from '../../server/config.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { rebuildPhase } from '../../server/rollup/rebuild.ts';
import { startServer } from '../../server/start.ts';
import { checkReport } from './report-check.ts';
import { ADMIN_KEY, type Api, apiOf, type TorturedExperiment } from './torture-experiments.ts';
import { withPool } from './tortured-database.ts';

const DAY_MS = 86_400_000;
const SETTLED_WITHIN_MS = 60_000;

/**
 * Reports over HTTP from a server whose clock is a day ahead, so that every unit is mature: as they stand, and again after
 * a rebuild from raw events. `check` runs once when nothing waits any more.
 */
export async function checkFinalReports(
  databaseUrl: string,
  folder: string,
  experiments: readonly TorturedExperiment[],
  check: (pool: pg.Pool) => Promise<void>,
): Promise<string[]> {
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    PORT: '0',
    ASSAY_DATA_DIR: folder,
    ASSAY_ADMIN_KEY: ADMIN_KEY,
    LOG_LEVEL: 'silent',
  });
  const now = () => new Date(Date.now() + DAY_MS);
  const server = await startServer(config, pino({ level: config.logLevel }), now);
  try {
    return await withPool(databaseUrl, async (pool) => {
      if (!(await isSettled(pool, SETTLED_WITHIN_MS, 'all'))) return ['units that were to be computed again were not'];
      await check(pool);
      const api = apiOf(server.port);
      const asItStands = await checkReports(pool, api, experiments);
      for (const { phase } of experiments) {
        while (!(await rebuildPhase(pool, phase, now()))) await sleep(100);
      }
      const rebuilt = await checkReports(pool, api, experiments);
      return [...asItStands, ...rebuilt.map((problem) => `after a rebuild, ${problem}`)];
    });
  } finally {
    await server.stop();
  }
}

async function checkReports(pool: pg.Pool, api: Api, experiments: readonly TorturedExperiment[]): Promise<string[]> {
  const problems: string[] = [];
  for (const experiment of experiments) {
    const report = await api<Report>('GET', `/api/experiments/${experiment.key}/report`);
    problems.push(...(await checkReport(pool, experiment, report)));
  }
  return problems;
}

/** Whether all batches are rolled up in time; with `all` also whether no unit waits to be computed again. */
export async function isSettled(pool: pg.Pool, withinMs: number, what: 'batches' | 'all'): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const { rows } = await pool.query<{ batches: boolean; units: boolean }>(
      `select not exists (select from batch where rolled_at is null) as batches,
         not exists (select from roll_dirty) as units`,
    );
    if (rows[0]?.batches && (rows[0].units || what === 'batches')) return true;
    if (Date.now() > deadline) return false;
    await sleep(100);
  }
}
