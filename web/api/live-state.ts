import { useSyncExternalStore } from 'react';

/** Numbers are asked for this often where no stream tells of changes; the browser stops it while the page is hidden. */
export const refreshEveryMs = 5000;

/** live: a stream tells of changes; asking: there is none, and pages ask at intervals; hidden: nobody looks. */
export type LiveState = 'live' | 'asking' | 'hidden';

let current: LiveState = 'asking';
const listeners = new Set<() => void>();

export const liveState = (): LiveState => current;

export function setLiveState(next: LiveState): void {
  if (next === current) return;
  current = next;
  for (const each of listeners) each();
}

export function useLiveState(): LiveState {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, liveState);
}

/** How often a query is to be asked again by itself: never while the stream tells when. */
export const refreshWhile = (moves: boolean): number | false => (moves && current !== 'live' ? refreshEveryMs : false);
