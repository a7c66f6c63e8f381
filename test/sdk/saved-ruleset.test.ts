import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@assay-ml/sdk';
import { disk, rulesetFile } from '@assay-ml/sdk/node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { eventually, type World, world } from './disk-fixture.ts';
import { codes } from './recording-server.ts';
import { rulesetOf, slotOf } from './rulesets.ts';
import { type StreamServer, streamServer } from './stream-server.ts';

let it: World;
let stream: StreamServer | null = null;
beforeEach(async () => {
  it = await world();
});
afterEach(async () => {
  await it.end();
  await stream?.close();
  stream = null;
});

const versionOf = (version: number) => rulesetOf({ model: slotOf() }, version);
const savedFile = () => {
  const path = readdirSync(it.folder, { recursive: true, encoding: 'utf8' }).find((each) =>
    each.endsWith('ruleset.json'),
  );
  return join(it.folder, path ?? 'none');
};
const saved = (): unknown => JSON.parse(readFileSync(savedFile(), 'utf8'));

async function saveOnce(version = 7): Promise<void> {
  it.ruleset = versionOf(version);
  await (await it.client()).close();
  expect(saved()).toEqual(versionOf(version));
  it.ruleset = null;
}

describe('The last ruleset', () => {
  test('is what a start without the server begins with, at the age that it has', async () => {
    await saveOnce();
    const hourAgo = new Date(Date.now() - 3_600_000);
    utimesSync(savedFile(), hourAgo, hourAgo);
    const stale: number[] = [];
    let ready = 0;
    const assay = await it.client({ onReady: () => ready++, onStale: ({ ageMs }) => stale.push(ageMs) });
    expect(assay.decide('model', { unit: 'u' })).toMatchObject({ reason: 'assigned', ruleset: 7 });
    expect(ready).toBe(1);
    expect(assay.counters().configAgeMs).toBeGreaterThanOrEqual(3_600_000);
    await eventually(() => stale.length === 1, 'onStale');
    expect(stale[0]).toBeGreaterThanOrEqual(3_600_000);
    it.ruleset = versionOf(8);
    await assay.close();
    const next = await it.client();
    await eventually(() => next.counters().rulesetVersion === 8, 'the newer one');
    expect(next.counters().configAgeMs).toBeLessThan(3_600_000);
  });

  test('is saved with the changes that the stream brought', async () => {
    stream = await streamServer(versionOf(7));
    const assay = await it.client({ url: stream.url, stream: true, timeoutMs: 5000 });
    await eventually(() => stream!.open.size === 1, 'the stream');
    const changed = rulesetOf({ other: slotOf({ champion: 'challenger' }) }, 8);
    stream.change(changed);
    await eventually(() => assay.counters().rulesetVersion === 8, 'the change');
    expect(stream.fetched).toHaveLength(1);
    await assay.close();
    expect(saved()).toEqual(changed);
  });

  test('says by the time of its file when the server last confirmed it', async () => {
    const scope = { url: it.url, key: 'k-1', now: Date.now, report: () => {} };
    const opened = await disk(it.folder).open(scope);
    opened.saveRuleset(versionOf(7));
    await eventually(() => readdirSync(it.folder, { recursive: true }).join().includes('ruleset.json'), 'the file');
    const later = Date.now() + 300_000;
    vi.useFakeTimers({ now: later, toFake: ['Date'] });
    opened.confirmRuleset();
    await opened.close();
    vi.useRealTimers();
    expect(statSync(savedFile()).mtimeMs).toBeCloseTo(later, -3);
  });

  test.each([
    [6, 7],
    [7, 7],
    [9, 9],
  ])('and a bootstrap of version %i: version %i wins, the newer', async (bootstrap, wins) => {
    await saveOnce();
    const assay = await it.client({ bootstrap: versionOf(bootstrap) });
    expect(assay.decide('model', { unit: 'u' }).ruleset).toBe(wins);
  });

  test('gives way to what the server says, be it older', async () => {
    await saveOnce(9);
    it.ruleset = versionOf(3);
    const assay = await it.client();
    await eventually(() => assay.counters().rulesetVersion === 3, 'the server’s');
  });

  test('of another key or server is not used', async () => {
    await saveOnce();
    const { url } = it;
    for (const more of [{ key: 'k-2' }, { url: `${url}/elsewhere` }]) {
      const assay = await it.client(more);
      expect(assay.decide('model', { unit: 'u' }).reason).toBe('no_ruleset');
    }
  });

  test('that is damaged is reported and replaced', async () => {
    await saveOnce();
    writeFileSync(savedFile(), '{"rules":1,"ver');
    const assay = await it.client();
    expect(codes(assay.problems)).toContain('disk_corrupt');
    expect(assay.decide('model', { unit: 'u' }).reason).toBe('no_ruleset');
    await assay.close();
    await saveOnce(8);
  });

  test('serves offline too, without a call, and nothing is written', async () => {
    await saveOnce();
    const before = readdirSync(it.folder, { recursive: true });
    const fetch = () => Promise.reject(new Error('no network'));
    const assay = await it.client({ offline: true, fetch });
    expect(assay.decide('model', { unit: 'u' })).toMatchObject({ reason: 'assigned', ruleset: 7 });
    assay.outcome('click', { unit: 'u' });
    await assay.close();
    expect(readdirSync(it.folder, { recursive: true })).toEqual(before);
    expect(assay.problems).toEqual([]);
    await expect(connect({ offline: true, disk: disk(it.folder) })).rejects.toThrow('- url is');
  });
});

describe('rulesetFile', () => {
  const write = (text: string) => {
    const path = join(it.folder, 'mine.json');
    writeFileSync(path, text);
    return path;
  };

  test('starts a client without the server', async () => {
    const bootstrap = rulesetFile(write(JSON.stringify(versionOf(7))));
    const assay = await connect({ offline: true, bootstrap });
    expect(assay.decide('model', { unit: 'u' })).toMatchObject({ reason: 'assigned', ruleset: 7 });
  });

  test.each([
    ['{', 'is not JSON'],
    ['[]', 'ruleset is not an object'],
    [JSON.stringify({ ...versionOf(7), rules: 9 }), 'have version 9'],
    [JSON.stringify(rulesetOf({ model: { ...slotOf(), champion: 'nobody' } })), 'slots.model.champion'],
  ])('throws for what is no ruleset, and says what to do: %#', (text, message) => {
    expect(() => rulesetFile(write(text))).toThrow(message);
    expect(() => rulesetFile(write(text))).toThrow('GET /v1/ruleset');
  });

  test('throws for a file that is not there', () => {
    expect(() => rulesetFile(join(it.folder, 'none.json'))).toThrow('ENOENT');
  });
});
