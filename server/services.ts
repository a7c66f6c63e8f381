import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { RulesetSource } from './ruleset/ruleset-source.ts';

/** What the features of the server are handed; made once, in server/start.ts. */
export interface Services {
  pool: Pool;
  db: Database;
  config: Config;
  log: Logger;
  rulesets: RulesetSource;
  /** The clock: tests set it. */
  now: () => Date;
}

export type Database = NodePgDatabase;
/** The database, or a transaction of it. */
export type Executor = Pick<Database, 'select' | 'insert' | 'update' | 'delete' | 'execute'>;

export function databaseOf(pool: Pool): Database {
  return drizzle(pool);
}
