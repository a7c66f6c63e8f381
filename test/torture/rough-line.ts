import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import type { Dice } from './dice.ts';

/** How rough a line is at the moment; 0 and 0 is a good one. */
export interface Roughness {
  /** Probability that a piece of data is cut somewhere, and the connection with it. */
  cut: number;
  /** Probability that a piece waits, for up to `stallMs`. */
  stall: number;
  stallMs: number;
}

/** A TCP line that cuts and stalls at random, in requests and in answers. */
export interface RoughLine {
  port: number;
  now: Roughness;
  cuts: number;
  stalls: number;
  /** Cuts all connections at once. */
  cutAll(): void;
  close(): Promise<void>;
}

export const SMOOTH: Roughness = { cut: 0, stall: 0, stallMs: 0 };

/** @param target the port that a new connection goes to; null: none, the connection is refused. */
export async function roughLine(dice: Dice, target: () => number | null): Promise<RoughLine> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const port = target();
    if (port === null) return cut(near);
    const far = connect(port, '127.0.0.1');
    const cutBoth = () => {
      cut(near);
      cut(far);
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.pipe(roughPart(line, dice, cutBoth)).pipe(to);
      from.on('error', cutBoth);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  const line: RoughLine = {
    port: 0,
    now: SMOOTH,
    cuts: 0,
    stalls: 0,
    cutAll() {
      for (const socket of sockets) cut(socket);
    },
    async close() {
      server.close();
      line.cutAll();
      await once(server, 'close');
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  line.port = (server.address() as AddressInfo).port;
  return line;
}

/** By a reset, as when a machine goes away; of a socket that has ended or not yet begun Node cannot reset anything. */
function cut(socket: Socket): void {
  if (socket.connecting) socket.destroy();
  else if (!socket.destroyed) socket.resetAndDestroy();
}

function roughPart(line: RoughLine, dice: Dice, cutBoth: () => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const { cut: cutShare, stall, stallMs } = line.now;
      if (dice.chance(cutShare)) {
        line.cuts++;
        this.push(chunk.subarray(0, dice.whole(chunk.length)));
        // The part before the cut arrives: that is what makes it a cut in the middle.
        setTimeout(cutBoth, 5);
      } else if (dice.chance(stall)) {
        line.stalls++;
        setTimeout(() => done(null, chunk), dice.between(1, stallMs));
      } else done(null, chunk);
    },
  });
}
