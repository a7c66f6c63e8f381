import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { Gauge } from 'prom-client';
import type { Config } from '../config.ts';
import { AssayError } from '../http/errors.ts';
import { locateCluster } from '../postgres/postgres-account.ts';

/** Room on the disk of the built-in PostgreSQL. Of a database elsewhere nothing is known: its own error 53100 must do. */
export interface DiskWatch {
  /** The last measure; null of a database elsewhere. */
  space(): DiskSpace | null;
  /** Too little is left to take events, or to run work that writes much. */
  isShort(): boolean;
  /** @throws AssayError `disk_full` while the disk is short of space. */
  check(): void;
  stop(): void;
}

export interface DiskSpace {
  freeBytes: number;
  /** Must stay free: with less, PostgreSQL could fail to write its log, and stop. */
  keptBytes: number;
}

/** A fast intake fills some 50 MB between two looks. */
const LOOK_EVERY_MS = 500;
const MB = 1024 * 1024;
const LEAST_KEPT_BYTES = 256 * MB;
const MOST_KEPT_BYTES = 4096 * MB;

const freeBytesGauge = new Gauge({
  name: 'assay_disk_free_bytes',
  help: 'Bytes left on the disk of the built-in PostgreSQL',
  aggregator: 'min',
});

/** Looks twice a second at the disk of the built-in PostgreSQL, which runs by now, and tells the log when it is short. */
export async function watchDisk(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
  log?: Pick<Logger, 'info' | 'warn'>,
): Promise<DiskWatch> {
  if (config.databaseUrl) return { space: () => null, isShort: () => false, check: () => {}, stop: () => {} };
  const folder = await locateCluster(join(config.dataDir, 'postgres'));
  let space = await spaceOf(folder);
  const isShort = () => space.freeBytes < space.keptBytes;

  async function look(): Promise<void> {
    const wasShort = isShort();
    // A folder that cannot be looked at is PostgreSQL's to complain about.
    space = await spaceOf(folder).catch(() => space);
    if (isShort() === wasShort) return;
    if (wasShort) log?.info(space, 'the disk has room again: events are taken');
    else log?.warn(space, `${shortage(space)} Events are refused until there is room.`);
  }

  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref();
  return {
    space: () => space,
    isShort,
    check() {
      if (!isShort()) return;
      const message = `${shortage(space)} Nothing was stored: make room, and send the same batch again.`;
      throw new AssayError('disk_full', message, { retryAfterSeconds: 10 });
    },
    stop: () => clearInterval(timer),
  };
}

async function spaceOf(folder: string): Promise<DiskSpace> {
  const { bsize, blocks, bavail } = await statfs(folder);
  const freeBytes = bavail * bsize;
  freeBytesGauge.set(freeBytes);
  return { freeBytes, keptBytes: keptBytes(blocks * bsize) };
}

/** 5 % of a disk, but no less than 256 MB and no more than 4 GB. */
export function keptBytes(totalBytes: number): number {
  return Math.min(MOST_KEPT_BYTES, Math.max(LEAST_KEPT_BYTES, totalBytes / 20));
}

function shortage({ freeBytes, keptBytes }: DiskSpace): string {
  const mb = (bytes: number) => `${Math.floor(bytes / MB)} MB`;
  return `The disk of the database has ${mb(freeBytes)} left, less than the ${mb(keptBytes)} that PostgreSQL needs to be safe.`;
}
