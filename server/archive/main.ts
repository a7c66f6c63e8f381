import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, readConfig } from '../config.ts';
import { EmbeddedPostgresError, errorCode } from '../postgres/embedded-postgres-error.ts';
import { ArchiveError } from './archive-error.ts';
import { withServerDatabase } from './archive-session.ts';
import { type ArchiveSummary, backup } from './backup.ts';
import { checkArchive, restore } from './restore.ts';

/** `npm run backup` and `npm run restore`. */

const USAGE = `usage: npm run backup -- FILE [--force]              writes all data to FILE; servers may run meanwhile
       npm run restore -- FILE [--force | --check]   puts FILE into an empty database; --force replaces what is there,
                                                     --check only reads FILE and compares its checksums`;

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
  process.on(signal, () => stopping.abort(new ArchiveError('Stopped: nothing was changed.')));
}

async function main(): Promise<void> {
  const [command, ...args] = process.argv.slice(2);
  const { file, force, check } = parse(args);
  const startedAt = performance.now();
  const tell = (done: string, { rows, bytes, about }: ArchiveSummary) => {
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    const size = `${about.tables.length} tables, ${rows.toLocaleString('en')} rows, ${sizeOf(bytes)}, ${seconds} s`;
    console.log(`${done} (${size}; as of ${about.createdAt}, schema ${about.migration.tag}).`);
  };
  if (command === 'restore' && check) return tell(`${file} is whole`, await checkArchive(file));
  if (command !== 'backup' && command !== 'restore') throw new ArchiveError(USAGE);
  if (check) throw new ArchiveError(USAGE);
  const config = readConfig(process.env);
  const onNotice = (message: string) => console.error(message);
  const options = { force, signal: stopping.signal };
  await withServerDatabase(config, { create: command === 'restore', onNotice }, async (url) => {
    if (command === 'backup') tell(`${file} holds all data`, await backup(url, file, { ...options, now: new Date() }));
    else tell(`All data of ${file} are in the database`, await restore(url, file, options));
  });
}

function parse(args: string[]): { file: string; force: boolean; check: boolean } {
  try {
    const options = { force: { type: 'boolean', default: false }, check: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [file, ...more] = positionals;
    if (file !== undefined && more.length === 0) return { file: resolve(file), ...values };
  } catch {
    // The usage says what is known.
  }
  throw new ArchiveError(USAGE);
}

function sizeOf(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** One line for what people can mend; a mistake of ours keeps its stack. */
function explain(error: unknown): unknown {
  for (const kind of [ArchiveError, ConfigError, EmbeddedPostgresError])
    if (error instanceof kind) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  if (stopping.signal.aborted) return 'Stopped: nothing was changed.';
  if (
    /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|28|3D|57P|08)/.test(errorCode(error)) ||
    /terminated|timeout/.test(message)
  ) {
    return `The database cannot be reached, or went away: ${message || errorCode(error)}. Check that it runs, and try again.`;
  }
  return error;
}

await main().catch((error) => {
  console.error(explain(error));
  process.exitCode = 1;
});
