import { resolve } from 'node:path';
import { z } from 'zod';

/** All settings of the server, read from environment variables once at start. */
export interface Config {
  /** Absent: the server starts a PostgreSQL of its own in `dataDir`. */
  databaseUrl: string | undefined;
  port: number;
  host: string;
  /** How many processes serve HTTP. */
  processes: number;
  /** Absolute path. */
  dataDir: string;
  adminKey: string | undefined;
  /** Without a slash at its end. */
  publicUrl: string | undefined;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  databasePoolSize: number;
  /** 0: raw events are kept for ever. */
  retentionDays: number;
  maxBodyBytes: number;
  /** Of one key in all processes; 0: without limit. */
  ofrepRequestsPerSecond: number;
  secureCookies: boolean;
}

/** Environment variables that are wrong; the message lists every problem on a line of its own. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Every environment variable of the server. `default` and `description` make docs/configuration.md;
 * the message of a check says what the variable must be.
 */
export const environmentSchema = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/[^\s]+$/, 'must look like postgres://user:password@host:5432/database')
    .optional()
    .meta({
      default: 'a PostgreSQL of its own',
      description:
        'Connection string of a PostgreSQL server (14 or newer); without it the server starts a PostgreSQL of its own below `ASSAY_DATA_DIR`.',
    }),
  PORT: whole(0, 65_535, 4000).meta({
    default: '4000',
    description: 'TCP port of the API and the dashboard; 0 takes a free one.',
  }),
  HOST: z.string().default('127.0.0.1').meta({
    default: '127.0.0.1',
    description: 'Address to listen on; `0.0.0.0` or `::` accepts connections from other machines.',
  }),
  ASSAY_PROCESSES: whole(1, 64, 2).meta({
    default: '2',
    description:
      'Number of processes that serve HTTP on the one port, beside the one that starts them and works in the background; with 1 a single process does all.',
  }),
  ASSAY_DATA_DIR: z.string().default('.assay').meta({
    default: '.assay',
    description: "Folder of the server's own data, relative to the folder it is started in; kept between runs.",
  }),
  ASSAY_ADMIN_KEY: z
    .string()
    .min(24, 'must have 24 characters or more; make one with "openssl rand -hex 24"')
    .regex(/^\S*$/, 'must not contain spaces')
    .optional()
    .meta({
      default: 'none',
      description: 'A key of 24 or more characters that is made an admin key at start, so that a deployment knows it.',
    }),
  ASSAY_PUBLIC_URL: z
    .string()
    .regex(/^https?:\/\/[^\s/]+/, 'must be an address such as https://assay.example.com')
    .refine((value) => URL.canParse(value), 'must be an address such as https://assay.example.com')
    .transform((value) => value.replace(/\/+$/, ''))
    .optional()
    .meta({
      default: 'the address it listens on',
      description: 'Address under which people and services reach the server, when a proxy stands in front of it.',
    }),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be one of fatal, error, warn, info, debug, trace, silent',
    })
    .default('info')
    .meta({
      default: 'info',
      description: 'Least severe log lines to write: `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
    }),
  DATABASE_POOL_SIZE: whole(1, 1_000, 10).meta({
    default: '10',
    description:
      'Largest number of database connections one process holds; the database must allow it for `ASSAY_PROCESSES` and one more.',
  }),
  ASSAY_RETENTION_DAYS: whole(0, 3_650, 90)
    .refine((days) => days === 0 || days >= 7, 'must be 0 (keep for ever) or from 7 to 3650')
    .meta({
      default: '90',
      description:
        'Days that raw events are kept, from 7 to 3650, or 0 to keep them for ever; longer where an unfinished phase needs them. Reports are kept in any case.',
    }),
  MAX_BODY_BYTES: whole(1_024, 104_857_600, 5_242_880).meta({
    default: '5242880 (5 MiB)',
    description: 'Largest request body in bytes, after decompression; larger ones are refused.',
  }),
  ASSAY_OFREP_REQUESTS_PER_SECOND: whole(0, 1_000_000, 2_000).meta({
    default: '2000',
    description:
      'Evaluation requests a second that one key may send to `/ofrep`, shared evenly by the processes that serve HTTP; more are answered 429. 0: no limit.',
  }),
  ASSAY_SECURE_COOKIES: z
    .enum(['true', 'false', '1', '0'], { error: 'must be true or false' })
    .transform((value) => value === 'true' || value === '1')
    .optional()
    .meta({
      default: '`true` when `ASSAY_PUBLIC_URL` begins with https',
      description: 'Whether browsers send the session cookie over https only.',
    }),
  // Read by server/repository-root.ts, which must know it before anything else starts.
  ASSAY_ROOT: z.string().optional().meta({
    default: 'found from the program',
    description: 'Folder that holds `package.json`, `migrations/` and `dist/web/`; the start scripts set it.',
  }),
});

/**
 * Reads the settings. An empty variable counts as absent.
 *
 * @throws ConfigError naming every wrong variable and what it must be.
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const present = Object.entries(env).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : []));
  const parsed = environmentSchema.safeParse(Object.fromEntries(present));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`);
    throw new ConfigError(['Some environment variables are wrong:', ...new Set(problems)].join('\n'));
  }
  const values = parsed.data;
  return {
    databaseUrl: values.DATABASE_URL,
    port: values.PORT,
    host: values.HOST,
    processes: values.ASSAY_PROCESSES,
    dataDir: resolve(values.ASSAY_DATA_DIR),
    adminKey: values.ASSAY_ADMIN_KEY,
    publicUrl: values.ASSAY_PUBLIC_URL,
    logLevel: values.LOG_LEVEL,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    retentionDays: values.ASSAY_RETENTION_DAYS,
    maxBodyBytes: values.MAX_BODY_BYTES,
    ofrepRequestsPerSecond: values.ASSAY_OFREP_REQUESTS_PER_SECOND,
    secureCookies: values.ASSAY_SECURE_COOKIES ?? values.ASSAY_PUBLIC_URL?.startsWith('https:') ?? false,
  };
}

/** A whole number in [least, most], written in decimal digits. */
function whole(least: number, most: number, standard: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,12}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message)
    .default(standard);
}
