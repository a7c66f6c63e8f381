import { existsSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { disk } from '@assay-ml/sdk/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { batchesOf, eventually, unitsOf, type World, world } from './disk-fixture.ts';
import { codes } from './recording-server.ts';

let it: World;
beforeEach(async () => {
  it = await world();
});
afterEach(() => it.end());

const names = (count: number, prefix = 'u') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe('What cannot be delivered', () => {
  test('is on the disk after close, as the batches that were sent, and the next client delivers it', async () => {
    it.answer = 503;
    const first = await it.client({ maxBatchEvents: 3 });
    for (const unit of names(8)) first.outcome('click', { unit });
    await eventually(() => it.received.length > 1, 'attempts');
    expect(await first.close(20)).toEqual({ delivered: false });
    expect(first.counters()).toMatchObject({ queued: 0, onDisk: 8, dropped: {}, sent: 0 });
    const kept = it.files();
    expect(unitsOf(kept).sort()).toEqual(names(8));
    expect(kept.map(({ body }) => body)).toContain(it.received[0]!.body);

    it.answer = 202;
    it.received = [];
    const second = await it.client();
    await eventually(() => it.received.length === kept.length, 'the kept batches');
    expect(it.received.map(({ body }) => body)).toEqual(kept.map(({ body }) => body).sort());
    await eventually(() => it.files().length === 0, 'the end of the files');
    expect(second.counters()).toMatchObject({ sent: 8, onDisk: 0, queued: 0, dropped: {} });
    await second.close();
    // Nothing is left but the ruleset.
    expect(readdirSync(it.folder, { recursive: true, encoding: 'utf8' }).map((path) => path.slice(17))).toEqual([
      '',
      'ruleset.json',
    ]);
  });

  test('goes to the disk while the server is away, all of it, and is delivered oldest first when it is back', async () => {
    it.answer = 503;
    const assay = await it.client({ maxBatchEvents: 5, maxQueueEvents: 15 });
    for (const round of [0, 1, 2, 3]) {
      for (const unit of names(10, `round${round}-`)) assay.outcome('click', { unit });
      await eventually(() => assay.counters().onDisk === (round + 1) * 10, `round ${round} on disk`);
    }
    // More than the queue has room for, and none is dropped: only the batch under way takes room in memory.
    expect(unitsOf(it.files())).toHaveLength(40);
    expect(assay.counters()).toMatchObject({ onDisk: 40, dropped: {} });
    it.answer = 202;
    await eventually(() => assay.counters().sent === 40, 'delivery');
    const delivered = it.received.filter(({ status }) => status === 202);
    expect(batchesOf(delivered)).toEqual(batchesOf(delivered).sort());
    expect(unitsOf(delivered)).toEqual([0, 1, 2, 3].flatMap((round) => names(10, `round${round}-`)));
    await eventually(() => it.files().length === 0, 'the end of the files');
    expect(assay.counters()).toMatchObject({ onDisk: 0, queued: 0 });
  });

  test('while an attempt hangs, is moved to the disk from half a queue on', async () => {
    it.answer = 'hang';
    const assay = await it.client({ maxBatchEvents: 2, maxQueueEvents: 20 });
    for (const unit of names(5)) assay.outcome('click', { unit });
    await eventually(() => assay.counters().queued === 5, 'the queue');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(it.files()).toEqual([]);
    for (const unit of names(15, 'v')) assay.outcome('click', { unit });
    await eventually(() => assay.counters().onDisk >= 8, 'the disk');
    expect(assay.counters()).toMatchObject({ onDisk: 8, queued: 12, dropped: {} });
  });

  test('keeps to its room; then events wait in memory, and then new ones are dropped and counted', async () => {
    it.answer = 503;
    const assay = await it.client({ maxBatchEvents: 1, maxQueueEvents: 4 }, { maxBatches: 3 });
    for (const unit of names(4)) assay.outcome('click', { unit });
    await eventually(() => assay.counters().onDisk === 3, 'a full disk');
    for (const unit of names(10, 'v')) assay.outcome('click', { unit });
    await eventually(() => codes(assay.problems).includes('disk_full'), 'the report');
    await eventually(() => assay.counters().onDisk === 3, 'a full disk');
    const { queued, onDisk, dropped } = assay.counters();
    // The batch under way is in both.
    expect(queued + onDisk - 1 + dropped.queue_full!).toBe(14);
    await assay.close(0);
    expect(assay.counters()).toMatchObject({
      onDisk: 3,
      dropped: { queue_full: dropped.queue_full, closed: queued - 1 },
    });
  });

  test('has a limit in bytes too', async () => {
    it.answer = 503;
    const assay = await it.client({}, { maxBytes: 100 });
    for (const unit of names(50)) assay.outcome('click', { unit });
    await eventually(() => codes(assay.problems).includes('disk_full'), 'the report');
    expect(it.files()).toEqual([]);
  });

  test('and is then refused by the server leaves the disk and is counted', async () => {
    it.answer = 503;
    const assay = await it.client();
    assay.outcome('click', { unit: 'u' });
    await eventually(() => it.files().length === 1, 'the file');
    it.answer = 422;
    await eventually(() => it.files().length === 0, 'the end of the file');
    expect(assay.counters()).toMatchObject({ dropped: { http_422: 1 }, onDisk: 0 });
  });

  test('is tried by flush, which says whether it was delivered', async () => {
    it.answer = 503;
    const first = await it.client();
    for (const unit of names(3)) first.outcome('click', { unit });
    expect(await first.flush({ timeoutMs: 50 })).toEqual({ delivered: false });
    it.answer = 202;
    expect(await first.flush()).toEqual({ delivered: true });
    expect(unitsOf(it.received.filter(({ status }) => status === 202))).toEqual(names(3));
  });
});

describe('Files', () => {
  async function leaveBehind(count: number, now?: () => number): Promise<{ path: string; body: string }[]> {
    it.answer = 503;
    const assay = await it.client({ maxBatchEvents: 1, ...(now ? { now } : {}) });
    for (const unit of names(count)) assay.outcome('click', { unit });
    await assay.close(0);
    it.answer = 202;
    it.received = [];
    return it.files();
  }

  test('that are damaged, cut short or somebody else’s are set aside and counted; the others are delivered', async () => {
    const files = await leaveBehind(5);
    truncateSync(files[0]!.path, 40);
    writeFileSync(files[1]!.path, '');
    writeFileSync(files[2]!.path, 'not gzip at all');
    const assay = await it.client();
    await eventually(() => assay.counters().sent === 2, 'the others');
    await eventually(() => assay.counters().onDisk === 0, 'the end of the files');
    expect(assay.counters().dropped).toEqual({ disk_corrupt: 3 });
    expect(codes(assay.problems)).toEqual(['disk_corrupt']);
    const aside = readdirSync(it.folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /corrupt.*json\.gz$/.test(path),
    );
    expect(aside).toHaveLength(3);
  });

  test('of over 6 days are dropped and counted, for the server would refuse them', async () => {
    const day = 86_400_000;
    const [old] = await leaveBehind(1, () => Date.now() - 6.1 * day);
    const [recent] = (await leaveBehind(1, () => Date.now() - 5.9 * day)).filter(({ body }) => body !== old?.body);
    expect(recent).toBeDefined();
    const assay = await it.client();
    await eventually(() => assay.counters().sent === 1, 'the recent one');
    expect(batchesOf(it.received)).toEqual(batchesOf([recent!]));
    expect(assay.counters()).toMatchObject({ dropped: { disk_expired: 1 }, onDisk: 0 });
    await eventually(() => it.files().length === 0, 'the end of the files');
  });

  test('of one key are not touched by a client of another', async () => {
    await leaveBehind(2);
    const other = await it.client({ key: 'k-2' });
    expect(await other.flush()).toEqual({ delivered: true });
    expect(it.received).toEqual([]);
    expect(it.files()).toHaveLength(2);
    const text = readdirSync(it.folder, { recursive: true, encoding: 'utf8' }).join();
    expect(text).not.toContain('k-1');
  });

  test('of a living client are left alone; once it has closed they are delivered', async () => {
    it.answer = 503;
    const first = await it.client();
    first.outcome('click', { unit: 'u' });
    await eventually(() => it.files().length === 1, 'the file');
    const [file] = it.files();
    const second = await it.client();
    await second.flush();
    expect(it.files()).toEqual([file]);
    expect(second.counters()).toMatchObject({ onDisk: 0, queued: 0 });
    await first.close(0);
    it.answer = 202;
    it.received = [];
    const third = await it.client();
    await eventually(() => third.counters().sent === 1, 'delivery');
    expect(it.received).toEqual([{ status: 202, body: file!.body }]);
  });
});

describe('The folder of another process', () => {
  /** Whether a new client takes over what is in the folder of this owner, last heard of so long ago. */
  async function isTakenOver(owner: Record<string, unknown>, secondsAgo: number): Promise<boolean> {
    it.answer = 503;
    const left = await it.client();
    left.outcome('click', { unit: 'u' });
    await left.close(0);
    const { path } = it.files()[0]!;
    const file = join(dirname(path), 'owner.json');
    writeFileSync(file, JSON.stringify(owner));
    const at = new Date(Date.now() - secondsAgo * 1000);
    utimesSync(file, at, at);
    // It has looked by the time that it is closed; what it took is in a folder of its own.
    await (await it.client()).close(0);
    expect(unitsOf(it.files())).toEqual(['u']);
    return !existsSync(path);
  }
  const started = () => readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ')[19];

  test.each([
    ['on another host that gives signs', () => ({ host: 'elsewhere', pid: 1, started: '5' }), 30, false],
    ['on another host, silent for over a minute', () => ({ host: 'elsewhere', pid: 1, started: '5' }), 90, true],
    ['of this host that lives', () => ({ host: hostname(), pid: process.pid, started: started() }), 30, false],
    ['whose number another one has now', () => ({ host: hostname(), pid: process.pid, started: '5' }), 0, true],
    ['of this host that is gone', () => ({ host: hostname(), pid: 4_194_303, started: '5' }), 0, true],
  ])('%s', async (_, owner, secondsAgo, taken) => {
    expect(await isTakenOver(owner(), secondsAgo)).toBe(taken);
  });
});

describe('A disk that cannot be used', () => {
  test('is reported, and the client works without', async () => {
    writeFileSync(join(it.folder, 'file'), '');
    const assay = await it.client({ disk: disk(join(it.folder, 'file', 'below')) });
    expect(codes(assay.problems)).toEqual(['disk_unusable']);
    assay.outcome('click', { unit: 'u' });
    expect(await assay.flush()).toEqual({ delivered: true });
  });

  test('because it never answers delays connect and close by seconds at most', async () => {
    const hung = { open: () => new Promise<never>(() => {}) };
    const assay = await it.client({ disk: hung });
    expect(codes(assay.problems)).toEqual(['disk_unusable']);
    expect(assay.decide('model', { unit: 'u' }).reason).toBe('assigned');
  });

  test('as an option is a TypeError that says what to pass', async () => {
    await expect(it.client({ disk: '/tmp' as never })).rejects.toThrow("disk('/a/folder')");
    expect(() => disk('')).toThrow(TypeError);
    expect(() => disk('/tmp/x', { maxBytes: -1 })).toThrow('maxBytes');
  });
});
