import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, unitsOf, type World, world } from './disk-fixture.ts';

let it: World;
const children: ChildProcess[] = [];
beforeEach(async () => {
  it = await world();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await it.end();
});

/** A service that has recorded 40 outcomes, which it would send after a minute. */
async function start(what: string, folder = ''): Promise<ChildProcess> {
  const script = new URL('closing-service.ts', import.meta.url).pathname;
  const args = ['--conditions=@assay-ml/source', '--import', 'tsx', script, it.url, 'k-1', folder, what];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout!, 'data');
  return child;
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode, signal: child.signalCode };
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: what is queued is delivered, then the process ends by the signal',
  async (signal) => {
    const child = await start('slow');
    child.kill(signal);
    expect(await endOf(child)).toEqual({ code: null, signal });
    expect(unitsOf(it.received)).toHaveLength(40);
  },
);

test('With a server that is away, what is queued goes to the disk', async () => {
  it.answer = 503;
  const child = await start('slow', it.folder);
  child.kill('SIGTERM');
  expect(await endOf(child)).toEqual({ code: null, signal: 'SIGTERM' });
  expect(unitsOf(it.files())).toHaveLength(40);
});

test('Where somebody else listens to the signal too, ending is theirs, and they hear it once', async () => {
  const child = await start('slow listener');
  child.kill('SIGTERM');
  expect(await endOf(child)).toEqual({ code: 7, signal: null });
  expect(unitsOf(it.received)).toHaveLength(40);
});

test('When it is removed, the signal ends the process at once', async () => {
  const child = await start('slow removed');
  child.kill('SIGTERM');
  expect(await endOf(child)).toEqual({ code: null, signal: 'SIGTERM' });
  expect(it.received).toEqual([]);
});

test('Of two clients the slower one is waited for; a signal that comes again ends nothing early', async () => {
  const child = await start('slow two');
  child.kill('SIGTERM');
  await eventually(() => it.received.length > 0, 'the first client');
  child.kill('SIGTERM');
  child.kill('SIGINT');
  expect(await endOf(child)).toEqual({ code: null, signal: 'SIGTERM' });
  expect(unitsOf(it.received)).toHaveLength(41);
});

test('SIGKILL: what was on the disk is delivered by the next process', async () => {
  it.answer = 503;
  const child = await start('', it.folder);
  await eventually(() => unitsOf(it.files()).length === 40, 'the disk');
  const kept = it.files().map(({ body }) => body);
  child.kill('SIGKILL');
  await endOf(child);
  it.answer = 202;
  it.received = [];
  const next = await it.client();
  await eventually(() => next.counters().sent === 40, 'delivery');
  expect(it.received.map(({ body }) => body)).toEqual(kept.sort());
});
