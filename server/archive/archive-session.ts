import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pg, { type ClientBase } from 'pg';
import type { Config } from '../config.ts';
import { prepareHome } from '../postgres/postgres-cluster.ts';
import { createDatabase } from '../postgres/postgres-connection.ts';
import { adoptOrStart } from '../postgres/postgres-start.ts';
import { stopPostmaster } from '../postgres/postmaster.ts';
import { ArchiveError } from './archive-error.ts';

/**
 * Lends the database that the server of these settings uses: that of DATABASE_URL, or its own PostgreSQL, which is
 * started when it does not run and stopped again unless a server has begun to use it.
 */
export async function withServerDatabase<T>(
  config: Config,
  options: { create: boolean; onNotice: (message: string) => void },
  use: (databaseUrl: string) => Promise<T>,
): Promise<T> {
  if (config.databaseUrl) return use(config.databaseUrl);
  const home = join(config.dataDir, 'postgres');
  if (!options.create && !existsSync(home)) {
    throw new ArchiveError(`There is no database in ${config.dataDir}: set ASSAY_DATA_DIR or DATABASE_URL.`);
  }
  await prepareHome(home);
  const running = await adoptOrStart(home, { onNotice: options.onNotice });
  try {
    await createDatabase(running.url, 'assay');
    return await use(running.url('assay'));
  } finally {
    const used = await withSession(running.url('assay'), 'assay-stop', serversOf).catch(() => 0);
    if (!running.adopted && used === 0) await stopPostmaster(running.pid);
  }
}

/** Lends one connection whose values are written and read in one way, whatever the server's settings. */
export async function withSession<T>(
  databaseUrl: string,
  applicationName: string,
  use: (client: ClientBase) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    options: '-c datestyle=ISO -c intervalstyle=postgres -c timezone=UTC -c extra_float_digits=1 -c search_path=public',
  });
  // A connection that is lost says so in the statement that runs.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** How many connections server processes hold to this database. */
export async function serversOf(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity
     where datname = current_database() and application_name = 'assay'`,
  );
  return rows[0]?.n ?? 0;
}
