import pg from 'pg';
import { inSnapshot } from '../server/db/snapshot.ts';
import { rebuildPhase } from '../server/rollup/rebuild.ts';
import type { BenchResult } from './main.ts';
import { type Rate, rateOf } from './report-line.ts';
import { type ArmSums, minimalQuery } from './rollup/minimal-query.ts';
import { fillRawEvents } from './rollup/raw-events.ts';
import { withThreeVariants } from './rollup/three-variants.ts';

const ROUNDS = 3;

/**
 * A rebuild of one experiment from 1,000,000 exposures and 2,000,000 outcomes, beside one query by hand that computes
 * the same sums of the same rows and keeps nothing, with the same memory. In turn, both warm. Two rebuilds: of a phase
 * that was right before, whose rows per unit are compared and kept, and into empty tables, where each is written.
 */
export async function run(): Promise<BenchResult> {
  return withThreeVariants(2, async ({ stopServer, databaseUrl }) => {
    await stopServer();
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
    pool.on('error', (error) => console.error(`An idle connection ended: ${error.message}`));
    try {
      await fillRawEvents(pool);
      return await compare(pool);
    } finally {
      await pool.end();
    }
  });
}

async function compare(pool: pg.Pool): Promise<BenchResult> {
  const times = { query: [] as number[], rebuild: [] as number[], fromEmpty: [] as number[] };
  for (let round = 0; round <= ROUNDS; round++) {
    await pool.query('truncate unit_state, unit_total');
    const fromEmpty = await timed(() => rebuildPhase(pool, 1, new Date()));
    await pool.query('vacuum analyze unit_state, unit_total');
    const query = await timed(() => inSnapshot(pool, withSameMemory));
    const rebuild = await timed(() => rebuildPhase(pool, 1, new Date()));
    await assertSame(pool, query.result);
    if (round === 0) continue; // only warms up
    times.query.push(query.ms);
    times.rebuild.push(rebuild.ms);
    times.fromEmpty.push(fromEmpty.ms);
  }
  const toQuery = (samples: number[]) => rateOf(samples.map((ms, i) => ms / times.query[i]!));
  const [ratio, fromEmpty] = [toQuery(times.rebuild), toQuery(times.fromEmpty)];
  console.log(line('One query by hand', rateOf(times.query)));
  console.log(`${line('Rebuild', rateOf(times.rebuild))}; ${timesThe(ratio)} the query`);
  console.log(`${line('Rebuild into empty tables', rateOf(times.fromEmpty))}; ${timesThe(fromEmpty)} the query`);
  return { name: 'rebuild', ratio: ratio.median, ratios: ratio, ratiosFromEmpty: fromEmpty, milliseconds: times };
}

async function withSameMemory(client: pg.ClientBase): Promise<ArmSums[]> {
  await client.query("set local work_mem = '256MB'");
  return minimalQuery(client);
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const startedAt = performance.now();
  const result = await work();
  return { ms: performance.now() - startedAt, result };
}

const seconds = (ms: number) => (ms / 1000).toFixed(2);
const line = (what: string, { median, lowest, highest }: Rate) =>
  `${what.padEnd(26)} ${seconds(median)} s (${seconds(lowest)} to ${seconds(highest)})`;
const timesThe = ({ median, lowest, highest }: Rate) =>
  `${median.toFixed(2)} (${lowest.toFixed(2)} to ${highest.toFixed(2)}) times`;

/** A rebuild that is fast and wrong has measured nothing. */
async function assertSame(pool: pg.Pool, expected: ArmSums[]): Promise<void> {
  const { rows } = await pool.query<{ units: number; x: number; y: number; xy: number }>(
    `select (select sum(n) from unit_count u where u.variant_id = v.id)::int as units, s.x, s.y,
       (select sum(sxy) from moment_pair p where p.variant_id = v.id)::float8 as xy
     from variant v
     cross join lateral (
       select sum(m.s + m.n * h.c::text::numeric) filter (where k.aggregate = 'count')::float8 as x,
         sum(m.s + m.n * h.c::text::numeric) filter (where k.aggregate = 'sum')::float8 as y
       from moment m join moment_shift h using (phase_id, measure_id) join measure k on k.id = m.measure_id
       where m.variant_id = v.id and m.segment_id = 0
     ) s order by v.id`,
  );
  expected.forEach((arm, i) => {
    for (const key of ['units', 'x', 'y', 'xy'] as const) {
      const found = rows[i]?.[key] ?? Number.NaN;
      if (!(Math.abs(found - arm[key]) <= 1e-9 * Math.abs(arm[key]))) {
        throw new Error(`${key} of variant ${arm.variant_id}: ${found} rebuilt, ${arm[key]} by hand`);
      }
    }
  });
}
