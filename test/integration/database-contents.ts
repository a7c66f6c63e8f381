import pg from 'pg';
import type { Report } from '../../server/contract/report-contract.ts';

/** Each table with rows: how many, and a sum over all of them that no order changes. Work tables are left out. */
export async function contentsOf(url: string): Promise<Record<string, { rows: number; sum: string }>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
       and not relispartition and relpersistence = 'p' order by 1`,
    );
    const contents: Record<string, { rows: number; sum: string }> = {};
    for (const { name } of tables) {
      const { rows } = await client.query<{ rows: number; sum: string }>(
        `select count(*)::int as rows, sum(hashtextextended(t::text, 0)::numeric)::text as sum from ${name} t`,
      );
      if (rows[0]?.rows) contents[name] = rows[0];
    }
    return contents;
  } finally {
    await client.end();
  }
}

/** A report without what tells when it was made. */
export function forgetReportTime(report: Report): unknown {
  return { ...report, computedAt: null, progress: { ...report.progress, forecast: null }, gate: null, health: null };
}
