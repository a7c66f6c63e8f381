import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { readTar, TAR_END, type TarEntry, tarEntry } from '../../server/archive/tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-tar-'));
const path = join(folder, 'a.tar');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = new Date('2026-11-23T01:02:03Z');
const written = (entries: TarEntry[]) => Buffer.concat([...entries.map((each) => tarEntry(each, at)), TAR_END]);

async function entriesOf(bytes: Buffer): Promise<TarEntry[]> {
  writeFileSync(path, bytes);
  const file = await open(path, 'r');
  try {
    const entries: TarEntry[] = [];
    for await (const entry of readTar(file, path)) entries.push(entry);
    return entries;
  } finally {
    await file.close();
  }
}

it('reads back what it wrote, whatever its length', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 1_500 }), { maxLength: 5 }), async (contents) => {
      const entries = contents.map((data, index) => ({ name: `files/${index}`, data: Buffer.from(data) }));
      expect(await entriesOf(written(entries))).toEqual(entries);
    }),
    { numRuns: 60, seed: 7 },
  );
});

it('is a tar to the tar of the system', () => {
  writeFileSync(path, written([{ name: 'folder/b.txt', data: Buffer.from('two\n') }]));
  expect(execFileSync('tar', ['-tf', path], { encoding: 'utf8' })).toBe('folder/b.txt\n');
  expect(execFileSync('tar', ['-xOf', path, 'folder/b.txt'], { encoding: 'utf8' })).toBe('two\n');
});

it('says that a file is cut off, or is none of its kind', async () => {
  const whole = written([{ name: 'a', data: Buffer.alloc(700, 1) }]);
  for (const length of [0, 100, 512, 900, 1_300, 1_600]) {
    await expect(entriesOf(whole.subarray(0, length))).rejects.toThrow('is cut off after');
  }
  await expect(entriesOf(Buffer.alloc(2_000, 'x'))).rejects.toThrow('no header of a file at byte 0');
  const changed = Buffer.from(whole);
  changed.write('b', 0);
  await expect(entriesOf(changed)).rejects.toThrow('is damaged');
});
