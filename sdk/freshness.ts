import { MAX_DELAY_MS } from './pause.ts';
import { quietly } from './problems.ts';
import { unrefTimer } from './transport.ts';

/** How sure the client is that its ruleset is the current one. */
export interface Freshness {
  /** The server said so, as of `ageMs` ago. */
  confirm(ageMs?: number): void;
  /** Time since then; null before the first. */
  ageMs(): number | null;
  stop(): void;
}

/** Raises `onStale` once each time that nothing has confirmed the ruleset for `staleAfterMs`, and `onFresh` when it then is. */
export function freshness(options: {
  /** Null: never. */
  staleAfterMs: number | null;
  now: () => number;
  onStale: (stale: { ageMs: number }) => unknown;
  onFresh: () => unknown;
}): Freshness {
  const { staleAfterMs, now, onStale, onFresh } = options;
  let confirmedAt: number | null = null;
  let isStale = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const ageMs = () => (confirmedAt === null ? null : Math.max(0, now() - confirmedAt));

  function watch(delayMs: number): void {
    clearTimeout(timer);
    if (!stopped) timer = unrefTimer(setTimeout(expire, Math.min(Math.max(0, delayMs), MAX_DELAY_MS)));
  }
  function expire(): void {
    isStale = true;
    quietly(onStale, { ageMs: ageMs() ?? 0 });
  }

  return {
    confirm(age = 0) {
      confirmedAt = now() - age;
      if (staleAfterMs === null || (isStale && age >= staleAfterMs)) return;
      watch(staleAfterMs - age);
      if (!isStale) return;
      isStale = false;
      quietly(onFresh);
    },
    ageMs,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
