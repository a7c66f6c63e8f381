import { expect, it } from 'vitest';
import { keptBytes, watchDisk } from '../../server/disk/disk-watch.ts';

const GB = 1024 ** 3;

it('keeps 5 % of a disk free, at least 256 MB and at most 4 GB', () => {
  expect([1, 10, 40, 1000].map((size) => keptBytes(size * GB) / GB)).toEqual([0.25, 0.5, 2, 4]);
});

it('knows nothing of the disk of a database elsewhere, and refuses nothing', async () => {
  const disk = await watchDisk({ databaseUrl: 'postgres://elsewhere/assay', dataDir: '/nowhere' });
  expect([disk.space(), disk.isShort()]).toEqual([null, false]);
  expect(() => disk.check()).not.toThrow();
});
