import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { Database } from './db/database.ts';
import type { RulesetSource } from './ruleset/ruleset-watch.ts';

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
