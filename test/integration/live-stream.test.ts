import { connect } from '@assay-ml/sdk';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LiveChange } from '../../server/contract/live-contract.ts';
import { draftExperiment, startTestServer, type TestServer, until } from './test-server.ts';

let test: TestServer;
let isStopped = false;
beforeEach(async () => {
  isStopped = false;
  test = await startTestServer();
});
afterEach(async () => {
  if (!isStopped) await test.stop();
});

interface Watcher {
  changes: LiveChange[];
  /** Forgets what was told, then waits for a change of which this is true. */
  next(is: (change: LiveChange) => boolean): Promise<LiveChange>;
  ended(): boolean;
  close(): void;
}

async function watch(): Promise<Watcher> {
  const stopping = new AbortController();
  const headers = { Authorization: `Bearer ${test.adminKey}` };
  const response = await fetch(`${test.url}/api/stream`, { headers, signal: stopping.signal });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const changes: LiveChange[] = [];
  let text = '';
  let ended = false;
  void (async () => {
    const reader = response.body!.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const data = /^event: change\ndata: (.*)$/m.exec(event)?.[1];
        if (data) changes.push(JSON.parse(data) as LiveChange);
      }
    }
  })()
    .catch(() => undefined)
    .finally(() => {
      ended = true;
    });
  return {
    changes,
    next: (is) => until(async () => changes.splice(0).find(is)),
    ended: () => ended,
    close: () => stopping.abort(),
  };
}

it('tells of metrics, slots, life cycles and numbers, to everyone who watches', async () => {
  const [one, other] = [await watch(), await watch()];
  await draftExperiment(test, { key: 'e' });
  expect(await one.next(({ metrics, slots }) => metrics || slots)).toMatchObject({ audit: true });
  await other.next(({ experiments }) => experiments.includes('e'));
  await test.api('POST', '/api/experiments/e/start');
  expect(await one.next(({ slots }) => slots)).toMatchObject({ audit: true });

  const assay = await connect({ url: test.url, key: test.sdkKey, flushEveryMs: 50 });
  for (let i = 0; i < 20; i += 1) await assay.run('e', { unit: `u${i}` }, async ({ key }) => key);
  const told = await one.next(({ experiments, audit }) => experiments.includes('e') && !audit);
  expect(told).toEqual({ experiments: ['e'], slots: false, metrics: false, audit: false });
  await assay.close();
  one.close();
  other.close();
});

it('asks the database only while somebody watches, and once for all who do', async () => {
  const { pool } = test.server.services;
  let asked = 0;
  const query = pool.query.bind(pool) as (...parts: unknown[]) => unknown;
  Object.assign(pool, {
    query: (first: unknown, ...rest: unknown[]) => {
      if ((first as { name?: string } | undefined)?.name === 'live state') asked += 1;
      return query(first, ...rest);
    },
  });
  const watchers = [await watch(), await watch(), await watch()];
  expect(asked).toBe(1);
  await until(async () => asked >= 3);
  for (const each of watchers) each.close();
  await until(async () => {
    const before = asked;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    return asked === before;
  });
});

it('is for those who may read, and ends with the server', async () => {
  const { status } = await fetch(`${test.url}/api/stream`, { headers: { Authorization: `Bearer ${test.sdkKey}` } });
  expect(status).toBe(403);
  const watcher = await watch();
  isStopped = true;
  await test.stop();
  await until(async () => watcher.ended());
});
