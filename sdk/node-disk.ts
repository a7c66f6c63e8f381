import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Disk } from './disk.ts';
import { openBatchFolder } from './node-batches.ts';
import { keepRuleset } from './node-saved-ruleset.ts';

export interface DiskOptions {
  /** Room for the batches of one process, compressed. Default 100 MB. */
  maxBytes?: number;
  /** Files with a batch each of one process. Default 10,000. */
  maxBatches?: number;
}

/**
 * Keeps undelivered batches and the last ruleset in a folder, for `connect({ disk: disk(folder) })`. Processes may share
 * it. The folder is made if it is missing; one that cannot be used is reported to `onError` (`disk_unusable`).
 * @throws TypeError when the arguments are of the wrong type.
 */
export function disk(folder: string, options: DiskOptions = {}): Disk {
  if (typeof folder !== 'string' || folder === '') {
    throw new TypeError('disk(folder): folder is not a path; pass a folder that outlives the process.');
  }
  const { maxBytes = 100_000_000, maxBatches = 10_000 } = options;
  for (const [name, value] of Object.entries({ maxBytes, maxBatches })) {
    if (!(Number.isFinite(value) && value > 0))
      throw new TypeError(`disk(folder, { ${name} }): pass a positive number.`);
  }
  return {
    async open({ url, key, now, report }) {
      const own = join(resolve(folder), scopeOf(url, key));
      await mkdir(own, { recursive: true, mode: 0o700 });
      const ruleset = await keepRuleset(own, report);
      const batches = openBatchFolder(own, { maxBytes, maxBatches, now, report });
      return {
        ...ruleset,
        ...batches,
        async close() {
          await Promise.all([ruleset.close(), batches.close()]);
        },
      };
    },
  };
}

/** Names what belongs to a url and key: 64 bits of a hash, from which a key of 192 random bits cannot be found. */
const scopeOf = (url: string, key: string) => createHash('sha256').update(`${url}\n${key}`).digest('hex').slice(0, 16);
