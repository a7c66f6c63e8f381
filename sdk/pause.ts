import { unrefTimer } from './transport.ts';

/** A wait that can be cut short. */
export interface Pause {
  over: Promise<void>;
  end(): void;
}

/** setTimeout's longest delay; longer ones would fire at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/** `keepAlive`: somebody awaits it, so the process must not end meanwhile. */
export function pause(ms: number, { keepAlive = false } = {}): Pause {
  let end = () => {};
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, Math.min(Math.max(0, ms), MAX_DELAY_MS));
    if (!keepAlive) unrefTimer(timer);
    end = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { over, end };
}

/** What `work` gives, or `late` when that takes longer; the process stays alive meanwhile. */
export async function within<T, L>(ms: number, work: Promise<T>, late: L): Promise<T | L> {
  const limit = pause(ms, { keepAlive: true });
  try {
    return await Promise.race([work, limit.over.then(() => late)]);
  } finally {
    limit.end();
  }
}
