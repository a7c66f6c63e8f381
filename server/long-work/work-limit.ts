import { AssayError } from '../http/errors.ts';

/** Lets so many works run at once in this process: each holds a connection of the database, which others need too. */
export function workLimit(most: number, what: string): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  return async (work) => {
    if (running >= most) {
      const message = `${most} ${what} are running already: wait until one is done.`;
      throw new AssayError('too_many_requests', message, { retryAfterSeconds: 10 });
    }
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
    }
  };
}
