import { connect as connectSocket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startTestServer, type TestServer, until } from './test-server.ts';

/** Only intervals are held back: heartbeats and the look at keys come when a test says so. */
let test: TestServer;
let isStopped = false;
beforeEach(async () => {
  isStopped = false;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  test = await startTestServer();
});
afterEach(async () => {
  vi.useRealTimers();
  if (!isStopped) await test.stop();
});

async function openStream(key: string): Promise<{ text: () => string; ended: () => boolean; close(): void }> {
  const stopping = new AbortController();
  const headers = { Authorization: `Bearer ${key}` };
  const response = await fetch(`${test.url}/v1/stream`, { headers, signal: stopping.signal });
  expect(response.status).toBe(200);
  const reader = response.body!.getReader();
  let text = '';
  let ended = false;
  void (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      text += new TextDecoder().decode(value);
    }
  })()
    .catch(() => undefined)
    .finally(() => {
      ended = true;
    });
  return { text: () => text, ended: () => ended, close: () => stopping.abort() };
}

it('A comment every ten seconds carries the age of the ruleset', async () => {
  const stream = await openStream(test.sdkKey);
  await vi.advanceTimersByTimeAsync(10_000);
  const age = await until(async () => /^: (\d+)$/m.exec(stream.text())?.[1]);
  expect(Number(age)).toBeLessThan(10_000);
  stream.close();
});

it('The stream of a revoked key ends, that of another key does not', async () => {
  const made = await test.api<{ id: number; secret: string }>('POST', '/api/keys', { kind: 'sdk', name: 'leaver' });
  const leaver = await openStream(made.body.secret);
  const stayer = await openStream(test.sdkKey);
  expect((await test.api('DELETE', `/api/keys/${made.body.id}`)).status).toBe(200);
  // A key is believed for five seconds without asking again.
  await new Promise((resolve) => setTimeout(resolve, 5100));
  await vi.advanceTimersByTimeAsync(30_000);
  await until(async () => leaver.ended());
  await vi.advanceTimersByTimeAsync(10_000);
  await until(async () => /^: \d+$/m.test(stayer.text()));
  expect(stayer.ended()).toBe(false);
  stayer.close();
});

it('A client that does not read is cut off, and the others get every change', async () => {
  const reader = await openStream(test.sdkKey);
  const idle = connectSocket(Number(new URL(test.url).port), 'localhost');
  idle.pause();
  const request = `GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${test.sdkKey}\r\n\r\n`;
  await new Promise((resolve) => idle.write(request, resolve));
  // More than the sockets of both sides hold.
  for (let i = 0; i < 24; i++) {
    const body = { key: `big-${i}`, variants: [{ key: 'a', payload: 'x'.repeat(900_000) }], champion: 'a' };
    expect((await test.api('POST', '/api/slots', body)).status).toBe(201);
  }
  await until(async () => reader.text().includes('big-23'));
  await vi.advanceTimersByTimeAsync(10_000);
  let received = '';
  const closed = new Promise((resolve) => idle.on('close', resolve));
  idle.on('error', () => undefined);
  idle.on('data', (part) => {
    received += part;
  });
  idle.resume();
  await closed;
  expect(received).toContain('event: version');
  expect(received).not.toContain('big-23');
  expect(reader.ended()).toBe(false);
  reader.close();
});

it('Streams end first when the server stops: it does not wait for them', async () => {
  const stream = await openStream(test.sdkKey);
  const before = performance.now();
  await test.stop();
  isStopped = true;
  expect(performance.now() - before).toBeLessThan(5000);
  await until(async () => stream.ended());
});
