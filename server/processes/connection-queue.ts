import type { Socket } from 'node:net';

/** A process that has not taken a connection by then gets no more while another is quicker. */
const SLOW_MS = 1_000;
/** A connection that has not been taken by then is lost: a process out of file handles cannot receive it. */
const LOST_MS = 10_000;

/** Connections on their way to one process. */
export interface ConnectionQueue {
  push(socket: Socket): void;
  /** The process has the one that was sent last. */
  taken(): void;
  isSlow(): boolean;
  /** The process is gone: answers the connections that it has not been sent. */
  end(): Socket[];
}

/**
 * Sends one connection after the other, each when the one before was taken, and keeps it open here until then. Node's own
 * queue forgets connections when the process dies, and their clients would wait for ever.
 *
 * @param send must leave the socket open in this process
 */
export function connectionQueue(send: (socket: Socket) => void): ConnectionQueue {
  const waiting: Socket[] = [];
  let sent: { socket: Socket; at: number; timer: NodeJS.Timeout } | null = null;

  function next(): void {
    const socket = sent ? undefined : waiting.shift();
    if (!socket) return;
    sent = { socket, at: performance.now(), timer: setTimeout(taken, LOST_MS) };
    send(socket);
  }

  function taken(): void {
    if (sent) {
      clearTimeout(sent.timer);
      // Closes it in this process only.
      sent.socket.destroy();
    }
    sent = null;
    next();
  }

  return {
    push(socket) {
      waiting.push(socket);
      next();
    },
    taken,
    isSlow: () => sent !== null && performance.now() - sent.at > SLOW_MS,
    end() {
      const rest = waiting.splice(0);
      // Part of a request may have been read already: its client hears of the end, and repeats.
      taken();
      return rest;
    },
  };
}
