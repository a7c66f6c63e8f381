import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type Assay, type Batch, connect } from '@assay-ml/sdk';
import { afterEach, expect, test, vi } from 'vitest';
import { rulesetOf } from './rulesets.ts';

interface Received {
  encoding: string | undefined;
  body: Buffer;
}

const open: { server: Server; assay: Assay }[] = [];
afterEach(async () => {
  vi.unstubAllGlobals();
  for (const { server, assay } of open.splice(0)) {
    await assay.close(1000);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A client over real HTTP; `answer` gives the status of the n-th attempt. */
async function start(answer: (received: Received, attempt: number) => number, gzip = true) {
  const received: Received[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url !== '/v1/events') return response.end(JSON.stringify(rulesetOf()));
    const batch = { encoding: request.headers['content-encoding'], body: Buffer.concat(chunks) };
    received.push(batch);
    return response.writeHead(answer(batch, received.length - 1)).end('{"rejected":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const assay = await connect({ url, key: 'k', gzip, stream: false, onError: () => {} });
  open.push({ server, assay });
  const click = (count: number) => {
    for (let i = 0; i < count; i++) assay.outcome('click', { unit: `user-${i}-日本` });
  };
  return { assay, received, click };
}

const unitsIn = (json: string) => (JSON.parse(json) as Batch).events.map(({ unit }) => unit);

test('A batch is compressed once; its repetitions are the same bytes', async () => {
  let compressed = 0;
  const platform = CompressionStream;
  vi.stubGlobal(
    'CompressionStream',
    class extends platform {
      constructor(format: 'gzip') {
        super(format);
        compressed++;
      }
    },
  );
  const { assay, received, click } = await start((_, attempt) => (attempt < 2 ? 503 : 202));
  click(100);
  expect(await assay.flush()).toEqual({ delivered: true });
  expect(received.map(({ encoding }) => encoding)).toEqual(['gzip', 'gzip', 'gzip']);
  expect(compressed).toBe(1);
  expect(received[1]!.body.equals(received[0]!.body)).toBe(true);
  expect(received[2]!.body.equals(received[0]!.body)).toBe(true);
  const json = gunzipSync(received[0]!.body).toString();
  expect(unitsIn(json)).toEqual(Array.from({ length: 100 }, (_, i) => `user-${i}-日本`));
  expect(received[0]!.body.length).toBeLessThan(json.length / 5);
  click(50);
  await assay.flush();
  expect(unitsIn(gunzipSync(received[3]!.body).toString())).toHaveLength(50);
});

test.each([400, 415])(
  'Where a compressed batch is answered %i it goes again as it is, and so do all others',
  async (refusal) => {
    const { assay, received, click } = await start(({ encoding }) => (encoding === undefined ? 202 : refusal));
    for (let round = 0; round < 2; round++) {
      click(100);
      expect(await assay.flush()).toEqual({ delivered: true });
    }
    expect(received.map(({ encoding }) => encoding)).toEqual(['gzip', undefined, undefined]);
    expect(received[1]!.body.equals(gunzipSync(received[0]!.body))).toBe(true);
    expect(assay.counters()).toMatchObject({ sent: 200, dropped: {} });
  },
);

test('Small batches, clients without the option and platforms without CompressionStream send plain JSON', async () => {
  const small = await start(() => 202);
  small.click(3);
  await small.assay.flush();
  const without = await start(() => 202, false);
  without.click(100);
  await without.assay.flush();
  vi.stubGlobal('CompressionStream', undefined);
  const old = await start(() => 202);
  old.click(100);
  await old.assay.flush();
  const plain = [small, without, old].map(({ received }) => received.map(({ encoding }) => encoding));
  expect(plain).toEqual([[undefined], [undefined], [undefined]]);
});

test('A CompressionStream that fails costs no event', async () => {
  vi.stubGlobal(
    'CompressionStream',
    class extends TransformStream {
      constructor() {
        super({ transform: () => Promise.reject(new Error('broken')) });
      }
    },
  );
  const { assay, received, click } = await start(() => 202);
  click(100);
  expect(await assay.flush()).toEqual({ delivered: true });
  expect(received.map(({ encoding }) => encoding)).toEqual([undefined]);
});
