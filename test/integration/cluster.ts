import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../server/db/migrate.ts';
import { startEmbeddedPostgres } from '../../server/postgres/embedded-postgres.ts';
import { locateCluster } from '../../server/postgres/postgres-account.ts';
import { findPostmaster, isAlive, stopPostmaster } from '../../server/postgres/postmaster.ts';
import { alterDatabaseUrl } from './database-url.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Connects to a database in which databases can be made and dropped. */
    adminUrl: string;
    /** The migrated database that tests clone; clones begin with its name. */
    templateDatabase: string;
  }
}

interface TestCluster {
  adminUrl: string;
  templateDatabase: string;
  users: number;
  stop(): Promise<void>;
}

const folderPrefix = 'assay-test-';
/** The projects of one vitest run share one cluster; each loads this module anew, so it hangs on the process. */
const shared = globalThis as { assayTestCluster?: Promise<TestCluster> };
/** Speed over safety: the data dies with the run. */
const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };

/** Runs before the tests of a project; the returned function after them. */
export default async function setUpCluster(project: TestProject): Promise<() => Promise<void>> {
  shared.assayTestCluster ??= startCluster();
  const cluster = await shared.assayTestCluster;
  cluster.users++;
  project.provide('adminUrl', cluster.adminUrl);
  project.provide('templateDatabase', cluster.templateDatabase);
  return async () => {
    cluster.users--;
    if (cluster.users > 0) return;
    delete shared.assayTestCluster;
    await cluster.stop();
  };
}

async function startCluster(): Promise<TestCluster> {
  const external = process.env.TEST_DATABASE_URL;
  const server = external ? { adminUrl: external, stop: async () => undefined } : await startTemporaryServer();
  const templateDatabase = `assay_test_${randomBytes(4).toString('hex')}`;
  try {
    await makeTemplate(server.adminUrl, templateDatabase);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    adminUrl: server.adminUrl,
    templateDatabase,
    users: 0,
    stop: async () => {
      if (external) await dropDatabases(external, templateDatabase);
      await server.stop();
    },
  };
}

async function startTemporaryServer() {
  await removeOrphans();
  const folder = mkdtempSync(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  const server = await startEmbeddedPostgres({
    dataDir: folder,
    settings,
    onCrash: (message) => console.error(message),
  });
  // Ctrl-C may end the run before teardown: the last resort is synchronous.
  const lastResort = () => {
    killQuietly(server.pid);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', lastResort);
  return {
    adminUrl: server.url,
    stop: async () => {
      await server.stop();
      process.off('exit', lastResort);
      await removeFolder(folder);
    },
  };
}

/** A run that was killed leaves its server and its folder; the next run ends both. */
async function removeOrphans(): Promise<void> {
  const names = await readdir(tmpdir());
  for (const name of names.filter((each) => each.startsWith(folderPrefix))) {
    const owner = Number(name.slice(folderPrefix.length).split('-')[0]);
    if (!Number.isInteger(owner) || (await isAlive(owner))) continue;
    const folder = join(tmpdir(), name);
    const postmaster = await findPostmaster(join(await locateCluster(folder), 'data'));
    if (postmaster) await stopPostmaster(postmaster.pid);
    await removeFolder(folder);
  }
}

async function removeFolder(folder: string): Promise<void> {
  const movedTo = await readFile(join(folder, 'moved-to'), 'utf8').catch(() => undefined);
  if (movedTo) await rm(movedTo.trim(), { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}

async function makeTemplate(adminUrl: string, name: string): Promise<void> {
  await asAdmin(adminUrl, async (admin) => {
    await admin.query(`create database ${name} template template0 encoding 'UTF8'`);
    await migrate(alterDatabaseUrl(adminUrl, name));
    // A connection to the template would make every clone fail.
    await admin.query(`alter database ${name} with allow_connections false`);
  });
}

async function dropDatabases(adminUrl: string, prefix: string): Promise<void> {
  await asAdmin(adminUrl, async (admin) => {
    const { rows } = await admin.query<{ name: string }>(
      'select datname as name from pg_database where starts_with(datname::text, $1)',
      [prefix],
    );
    for (const { name } of rows) await admin.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
  });
}

async function asAdmin(adminUrl: string, use: (admin: pg.Client) => Promise<void>): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await use(admin);
  } finally {
    await admin.end();
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGQUIT');
  } catch {
    // It has ended already.
  }
}
