/**
 * A process of its own with connections that only hold the server up, until it is told to end. It says `open` when those
 * that idle have been answered once.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface HostileOrder {
  port: number;
  key: string;
  /** Connections that are kept alive after one request, send headers byte by byte, or bodies of a megabyte byte by byte. */
  idle: number;
  slowHeaders: number;
  slowBodies: number;
}

const [order] = (await once(process, 'message')) as [HostileOrder];
const { port, key } = order;
const DRIP_MS = 500;
/** As those of many clients they do not come all at once. */
const OPEN_MS = 5;
let closed = 0;
let ending = false;

/** Opened again when the server closes it; resolves with the first answer. */
function hold(first: string, drip: string): Promise<void> {
  const socket: Socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  if (first) socket.write(first);
  const timer = drip ? setInterval(() => void socket.write(drip), DRIP_MS) : undefined;
  const answered = new Promise<void>((resolve) => socket.on('data', () => resolve()));
  socket.once('close', () => {
    clearInterval(timer);
    if (ending) return;
    closed++;
    setTimeout(hold, DRIP_MS, first, drip);
  });
  return answered;
}

async function holdMany(count: number, first: string, drip: string): Promise<Promise<void>[]> {
  const held: Promise<void>[] = [];
  for (let i = 0; i < count; i++) {
    held.push(hold(first, drip));
    await new Promise((resolve) => setTimeout(resolve, OPEN_MS));
  }
  return held;
}

const slowHeaders = 'GET /v1/ruleset HTTP/1.1\r\nHost: localhost\r\nX-Slow: ';
const slowBody = `POST /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\nContent-Length: 1000000\r\n\r\n`;
const idle = await holdMany(order.idle, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n', '');
await holdMany(order.slowHeaders, slowHeaders, 'x');
await holdMany(order.slowBodies, slowBody, 'x');
await Promise.all(idle);
process.send?.('open');

await once(process, 'message');
ending = true;
process.send?.({ closed }, () => process.exit(0));
