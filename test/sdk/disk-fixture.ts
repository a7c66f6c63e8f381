import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Assay, type Batch, type ConnectOptions, connect, type Problem, type Ruleset } from '@assay-ml/sdk';
import { type DiskOptions, disk } from '@assay-ml/sdk/node';
import { rulesetOf } from './rulesets.ts';

/** A small server over real HTTP that can be away, and the clients and folders of a test. */
export interface World {
  folder: string;
  url: string;
  /** How batches are answered: a status, or `hang`; default 202. */
  answer: number | 'hang';
  /** Null: the ruleset is not answered. */
  ruleset: Ruleset | null;
  /** Bodies of batches, with how they were answered. */
  received: { status: number; body: string }[];
  client(more?: ConnectOptions, room?: DiskOptions): Promise<Assay & { problems: Problem[] }>;
  /** Files of batches below the folder, with what is in them. */
  files(): { path: string; body: string }[];
  end(): Promise<void>;
}

export async function world(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-disk-'));
  const clients: Assay[] = [];
  const server = createServer(async (request, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.url === '/v1/ruleset') {
      if (it.ruleset) response.end(JSON.stringify(it.ruleset));
      else response.writeHead(503).end();
    } else if (request.url !== '/v1/events') {
      response.writeHead(404).end();
    } else if (it.answer !== 'hang') {
      it.received.push({ status: it.answer, body });
      response.writeHead(it.answer).end('{"rejected":[]}');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const it: World = {
    folder,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: 202,
    ruleset: rulesetOf(),
    received: [],
    async client(more = {}, room = {}) {
      const problems: Problem[] = [];
      const assay = await connect({
        url: it.url,
        key: 'k-1',
        stream: false,
        // What does not come is not waited for.
        timeoutMs: it.ruleset ? 5000 : 50,
        flushEveryMs: 10,
        disk: disk(folder, room),
        onError: (problem) => problems.push(problem),
        ...more,
      });
      clients.push(assay);
      return Object.assign(assay, { problems });
    },
    files: () => keptBatches(folder),
    async end() {
      await Promise.all(clients.map((assay) => assay.close(0)));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return it;
}

/** Files of batches below a folder, with what is in them; those being written or moved are left out. */
export function keptBatches(folder: string): { path: string; body: string }[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const isKept = (path: string) => basename(path).match(/^[^.].*\.json\.gz$/) && !path.includes('corrupt');
  return paths.filter(isKept).flatMap((path) => {
    try {
      return [{ path: join(folder, path), body: gunzipSync(readFileSync(join(folder, path))).toString() }];
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw cause;
    }
  });
}

export const unitsOf = (bodies: { body: string }[]) =>
  bodies.flatMap(({ body }) => (JSON.parse(body) as Batch).events.map(({ unit }) => unit));

export const batchesOf = (bodies: { body: string }[]) => bodies.map(({ body }) => (JSON.parse(body) as Batch).batch);

/** Waits until `check` holds. */
export async function eventually(check: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 15_000; !check(); ) {
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
