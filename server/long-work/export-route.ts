import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { ClientBase, Pool } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { z } from 'zod';
import { phaseOf } from '../analysis/named-subject.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import { needExperiment } from '../experiments/need-experiment.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { exportStatement } from './export-statement.ts';
import { hangUp } from './hang-up.ts';
import { workLimit } from './work-limit.ts';

/** Rows to expect, in a header, for a bar of progress; absent where counting would take as long as the export. */
const ROWS_HEADER = 'Assay-Rows';

export function exportRoute({ db, pool }: Pick<Services, 'db' | 'pool'>): Route {
  const limited = workLimit(2, 'exports');
  return route({
    method: 'get',
    path: '/api/experiments/:experiment/export',
    tag: 'Experiments',
    summary: 'The data of a phase as CSV: a row a unit with variant, first exposure and the totals of each metric.',
    auth: 'admin',
    query: { phase: 'Position of the phase, from 0; the current or last one when absent' },
    answer: z.string().meta({
      description:
        'text/csv, streamed; the header Assay-Rows says about how many rows there will be. A/B and canary phases have a row a unit (and step), `counted` where it is compared; bandits one a decision, interleaving one an impression, shadow one a comparison. Hanging up cancels it.',
    }),
    async handle({ principal, params, request, response }) {
      const row = await needExperiment(db, principal.environmentId, params.experiment ?? '');
      const phase = phaseOf(row, request.query.phase);
      const rows = await expectedRows(pool, phase);
      await limited(() => {
        response.status(200).type('text/csv').attachment(`${row.key}-phase-${phase.position}.csv`);
        response.set({ 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' });
        if (rows !== null) response.set(ROWS_HEADER, String(rows));
        return stream(pool, response, exportStatement(row, phase));
      });
      return '';
    },
  });
}

/** Of modes whose units are counted, as the roll-up counts them. */
async function expectedRows(pool: Pool, { id, mode }: PhaseRow): Promise<number | null> {
  if (mode !== 'ab' && mode !== 'canary') return null;
  const { rows } = await pool.query<{ n: number }>(
    'select coalesce(sum(n), 0)::float8 as n from unit_count where phase_id = $1 and segment_id = 0',
    [id],
  );
  return rows[0]?.n ?? null;
}

/** One statement and one snapshot; the database sends no faster than the client reads. */
async function stream(pool: Pool, response: Response, statement: string): Promise<void> {
  const { signal, watch } = hangUp(pool, response);
  const client = await pool.connect();
  let broken = true;
  try {
    await begin(client);
    await watch(client);
    await pipeline(client.query(copyTo(statement)), response, { signal });
    await client.query('commit');
    broken = false;
  } catch (error) {
    // Half a file is no answer: the connection ends, which tells the client.
    if (response.headersSent) response.destroy();
    if (!signal.aborted) throw error;
  } finally {
    client.release(broken); // a connection in the middle of a copy is of no use to others
  }
}

async function begin(client: ClientBase): Promise<void> {
  await client.query("begin read only; set local work_mem = '64MB'");
}
