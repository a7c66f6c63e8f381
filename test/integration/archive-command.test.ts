import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';

/** The command as people give it, on a PostgreSQL of its own. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'assay-test-command-'));
const dataDir = join(folder, 'data');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function archive(args: string[], env: Record<string, string> = { ASSAY_DATA_DIR: dataDir }) {
  const program = ['--conditions=@assay-ml/source', '--import', 'tsx', 'server/archive/main.ts', ...args];
  const child = spawn(process.execPath, program, { cwd: root, env: { ...process.env, DATABASE_URL: '', ...env } });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { status, stdout, errors: stderr.trim().split('\n') };
}

const postmaster = () => existsSync(join(dataDir, 'postgres', 'cluster', 'data', 'postmaster.pid'));

it('makes a database from a backup and a backup from a database that does not run, and leaves nothing running', async () => {
  const [old, fresh] = [join(folder, 'old.tar'), join(folder, 'fresh.tar')];
  const packed = readFileSync(join(root, 'test/fixtures/archives/0001_events.tar.gz'));
  writeFileSync(old, gunzipSync(packed));
  expect((await archive(['backup', fresh])).errors).toEqual([expect.stringContaining('There is no database in')]);
  expect(await archive(['restore', old])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('schema 0001_events'),
  });
  expect(postmaster()).toBe(false);
  expect(await archive(['backup', fresh])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('holds all data'),
  });
  expect(postmaster()).toBe(false);
  const check = await archive(['restore', fresh, '--check'], {});
  expect(check).toMatchObject({ status: 0, stdout: expect.stringContaining('is whole') });
  expect(check.stdout).not.toContain('0001_events');
  const again = await archive(['restore', fresh]);
  expect(again).toMatchObject({ status: 1, errors: [expect.stringContaining('add --force to replace')] });
  expect(postmaster()).toBe(false);
  expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
}, 180_000);

it.each([
  [[], 'usage: npm run backup'],
  [['backup', 'a', '--check'], 'usage: npm run backup'],
  [['restore', 'none.tar', '--check'], `There is no file ${join(root, 'none.tar')}.`],
])('says how it is used: %j', async (args, message) => {
  const { status, errors } = await archive(args);
  expect(status).toBe(1);
  expect(errors[0]).toContain(message);
});

it('says that the database cannot be reached', async () => {
  const { status, errors } = await archive(['backup', join(folder, 'x.tar')], {
    DATABASE_URL: 'postgres://x:y@127.0.0.1:1/z',
  });
  expect(status).toBe(1);
  expect(errors).toEqual([expect.stringContaining('The database cannot be reached')]);
}, 60_000);
