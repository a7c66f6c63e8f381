import type { Server } from 'node:net';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Services } from '../services.ts';
import { StartError } from '../start-error.ts';

/** What answers on the port: this process itself (`own-front.ts`), or workers (`worker-front.ts`). */
export interface Front {
  /** Until the front is open every request is answered 503 `starting`. */
  server: Server;
  /** Serves from now on. `databaseUrl` is that of the pool in `services`. */
  open(services: Services, databaseUrl: string): Promise<void>;
  /** Takes no more connections and resolves when every request under way is answered. */
  close(): Promise<void>;
}

/**
 * Connections the kernel may hold until they are accepted (it takes the smaller of this and its own limit). Beyond them it
 * drops what clients hold for connected, and one that waits to be spoken to would wait for ever.
 */
const BACKLOG = 4_096;

/** Failures to accept come by the thousand; people need one of them. */
const TELL_EVERY_MS = 10_000;

/** Takes the port of the settings and answers its number. @throws StartError */
export function takePort({ server }: Front, { host, port }: Config, log: Logger): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${host}:${port}`;
      if (error.code === 'EADDRINUSE') {
        reject(new StartError(`Port ${port} is in use: stop what listens there, or set PORT to another port.`));
      } else if (error.code === 'EACCES') {
        reject(new StartError(`Not allowed to listen on ${where}: set PORT to a port above 1023.`));
      } else {
        reject(new StartError(`Cannot listen on ${where}: ${error.message}.`));
      }
    });
    server.listen(port, host, BACKLOG, () => {
      server.removeAllListeners('error');
      server.on('error', tellRarely(log));
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/** Too many open files, most of all. The connection is lost, but not the server: unheard the error would end the process. */
function tellRarely(log: Logger): (error: Error) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    log.error({ err: error }, 'a connection cannot be accepted');
  };
}
