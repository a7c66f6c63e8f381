import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { Database } from './db/database.ts';
import type { DiskWatch } from './disk/disk-watch.ts';
import type { RulesetSource } from './ruleset/ruleset-watch.ts';

/** What the features of the server are handed; made once a process, in server/start.ts or server/processes/worker.ts. */
export interface Services {
  pool: Pool;
  db: Database;
  config: Config;
  log: Logger;
  rulesets: RulesetSource;
  /** The clock: tests set it. */
  now: () => Date;
  disk: DiskWatch;
  /** Prometheus metrics of all processes of this server. */
  metricsText: () => Promise<string>;
}
