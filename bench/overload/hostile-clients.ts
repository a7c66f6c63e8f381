/** A process of its own with connections that only hold the server up, until it is told to end. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface HostileOrder {
  port: number;
  key: string;
  /** Connections that send nothing, headers byte by byte, and bodies of a megabyte byte by byte. */
  idle: number;
  slowHeaders: number;
  slowBodies: number;
}

const [order] = (await once(process, 'message')) as [HostileOrder];
const { port, key } = order;
const DRIP_MS = 500;
let closed = 0;
let ending = false;

/** Opened again when the server closes it. */
function hold(first: string, drip: string): void {
  const socket: Socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  if (first) socket.write(first);
  const timer = drip ? setInterval(() => void socket.write(drip), DRIP_MS) : undefined;
  socket.once('close', () => {
    clearInterval(timer);
    if (ending) return;
    closed++;
    setTimeout(hold, DRIP_MS, first, drip);
  });
}

const slowHeaders = 'GET /v1/ruleset HTTP/1.1\r\nHost: localhost\r\nX-Slow: ';
const slowBody = `POST /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\nContent-Length: 1000000\r\n\r\n`;
for (let i = 0; i < order.idle; i++) hold('', '');
for (let i = 0; i < order.slowHeaders; i++) hold(slowHeaders, 'x');
for (let i = 0; i < order.slowBodies; i++) hold(slowBody, 'x');

await once(process, 'message');
ending = true;
process.send?.({ closed }, () => process.exit(0));
