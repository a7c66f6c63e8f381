import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Ruleset } from '@assay-ml/sdk';
import { diffRulesets } from '../../server/ruleset/ruleset-patch.ts';

/** A small server over real HTTP: serves a ruleset, and streams what the test says. */
export interface StreamServer {
  url: string;
  /** What is served; set it to change it without a word. */
  ruleset: Ruleset;
  /** Requests for the whole ruleset, by the status that they got. */
  fetched: number[];
  open: Set<ServerResponse>;
  opened: () => number;
  /** Answers for the whole ruleset wait for this; what they say is of when they were asked. */
  hold: Promise<void>;
  /** How the next streams are answered; default: with the version. */
  answer: (response: ServerResponse) => void;
  tell(text: string): void;
  /** Puts a ruleset in force and streams the patch. */
  change(ruleset: Ruleset): void;
  close(): Promise<void>;
}

const tag = ({ version }: Ruleset) => `W/"1-${version}"`;

export async function streamServer(first: Ruleset): Promise<StreamServer> {
  let opened = 0;
  const server = createServer(async (request, response) => {
    if (request.url === '/v1/ruleset') {
      const { ruleset } = state;
      const isKnown = request.headers['if-none-match'] === tag(ruleset);
      state.fetched.push(isKnown ? 304 : 200);
      await state.hold;
      response.writeHead(isKnown ? 304 : 200, { etag: tag(ruleset), 'content-type': 'application/json' });
      response.end(isKnown ? '' : JSON.stringify(ruleset));
    } else if (request.url === '/v1/stream') {
      opened++;
      state.open.add(response);
      response.on('close', () => state.open.delete(response));
      state.answer(response);
    } else {
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"accepted":0,"rejected":[]}');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const state: StreamServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ruleset: first,
    fetched: [],
    open: new Set(),
    opened: () => opened,
    hold: Promise.resolve(),
    answer: (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(versionEvent(state.ruleset));
    },
    tell(text) {
      for (const response of state.open) response.write(text);
    },
    change(ruleset) {
      state.tell(patchEvent(state.ruleset, ruleset));
      state.ruleset = ruleset;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return state;
}

export const versionEvent = (ruleset: Ruleset) =>
  `id: ${tag(ruleset)}\nevent: version\ndata: {"rules":1,"version":${ruleset.version}}\n\n`;

export const patchEvent = (before: Ruleset, after: Ruleset) =>
  `id: ${tag(after)}\nevent: patch\ndata: ${JSON.stringify(diffRulesets(before, after))}\n\n`;
