import { afterEach, beforeEach, expect } from 'vitest';

/** Collects what nobody handled while a test of the file runs; each test must leave nothing behind. */
export function forbidUnhandled(): void {
  const unhandled: unknown[] = [];
  const note = (cause: unknown) => unhandled.push(cause);
  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', note);
    process.on('uncaughtException', note);
  });
  afterEach(async () => {
    // Node tells of a rejection once the microtasks are done.
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', note);
    process.off('uncaughtException', note);
    expect(unhandled).toEqual([]);
  });
}
