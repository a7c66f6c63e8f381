import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Assay, type ConnectOptions, connect } from '@assay-ml/sdk';
import { disk } from '@assay-ml/sdk/node';
import { expect, test } from 'vitest';
import { experimentOf, phaseOfMode, rulesetOf, slotOf } from './rulesets.ts';

const inPhase = (mode: 'ab' | 'shadow' | 'interleave') =>
  slotOf({
    output: mode === 'interleave' ? 'ranking' : 'value',
    experiments: [experimentOf({ phase: phaseOfMode(mode) })],
  });
const ruleset = rulesetOf({ ab: inPhase('ab'), shadow: inPhase('shadow'), list: inPhase('interleave') });

/** Everything that a request calls, often enough to seal many batches. */
async function serveRequests(assay: Assay): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    const context = { unit: `u${i}` };
    assay.decide('ab', context);
    assay.peek('ab', context);
    assay.outcome('click', context);
    assay.exposure('ab', { unit: 'u', variant: 'champion' });
    assay.override('ab', 'somebody', 'champion');
    assay.counters();
  }
  for (let i = 0; i < 20; i++) {
    const context = { unit: `u${i}` };
    expect((await assay.run('ab', context, () => 'answer')).value).toBe('answer');
    expect((await assay.run('shadow', context, () => 'answer')).value).toBe('answer');
    const list = await assay.rank('list', context, () => [{ id: 'a' }, { id: 'b' }], { id: ({ id }) => id });
    expect(list.items).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const folder = () => mkdtempSync(join(tmpdir(), 'assay-hung-'));

test.each<[string, (path: string) => ConnectOptions]>([
  ['with a bootstrap', () => ({ bootstrap: ruleset })],
  ['without a ruleset', () => ({})],
  ['with gzip and a disk', (path) => ({ bootstrap: ruleset, gzip: true, disk: disk(path) })],
])('No call of a request waits for the network: it hangs for ever, %s', async (_, more) => {
  const path = folder();
  let calls = 0;
  const fetch = () => {
    calls++;
    return new Promise<never>(() => {});
  };
  const options = { url: 'http://assay.test', key: 'k', timeoutMs: 50, flushEveryMs: 5, maxBatchEvents: 100 };
  const assay = await connect({ ...options, fetch, onError: () => {}, ...more(path) });
  await serveRequests(assay);
  // The network was really asked, and hangs still.
  expect(calls).toBeGreaterThanOrEqual(2);
  expect(assay.counters()).toMatchObject({
    sent: 0,
    dropped: more(path).bootstrap ? { no_external_phase: 1000 } : { no_ruleset: 1000 },
  });
  expect(await assay.close(50)).toEqual({ delivered: false });
  rmSync(path, { recursive: true });
});
