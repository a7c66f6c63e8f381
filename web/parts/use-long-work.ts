import { useEffect, useRef, useState } from 'react';
import { ApiError } from '../api/api-client.ts';
import { problemOf } from '../api/error-sentence.ts';

/** Where a piece of long work stands. */
export type LongWork<Progress, Result> =
  | { state: 'idle' }
  | { state: 'running'; progress: Progress | null }
  | { state: 'done'; result: Result }
  | { state: 'failed'; why: string }
  | { state: 'cancelled' };

/** Work that tells its progress and can be cancelled; leaving the page cancels it too. */
export function useLongWork<Progress, Result>(
  work: (tell: (progress: Progress) => void, signal: AbortSignal) => Promise<Result>,
) {
  const [now, set] = useState<LongWork<Progress, Result>>({ state: 'idle' });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  async function start(): Promise<void> {
    const own = new AbortController();
    running.current = own;
    set({ state: 'running', progress: null });
    try {
      const result = await work((progress) => {
        if (!own.signal.aborted) set({ state: 'running', progress });
      }, own.signal);
      set({ state: 'done', result });
    } catch (error) {
      set(own.signal.aborted ? { state: 'cancelled' } : { state: 'failed', why: reasonOf(error) });
    }
  }

  return { now, start: () => void start(), cancel: () => running.current?.abort() };
}

function reasonOf(error: unknown): string {
  if (error instanceof ApiError) return `${problemOf(error).title}: ${problemOf(error).advice}`;
  return error instanceof Error ? error.message : String(error);
}
