import type { Query, QueryClient } from '@tanstack/react-query';
import type { LiveChange } from '../../server/contract/live-contract.ts';
import { joined, touchedBy } from './live-families.ts';
import { liveState, setLiveState } from './live-state.ts';

/** What moves all the time is asked for at most this often; a list costs the server more than one experiment. */
const GAP_MS = { own: 2_000, list: 5_000 };
/** The server sends something every 10 s. */
const SILENCE_MS = 25_000;
/** After a refusal; a lost connection is tried again by the browser itself, every second. */
const RETRY_MS = 5_000;
/** A query that says it stays fresh longer than this is left to that. */
const FRESH_MS = 5_000;

/**
 * Holds one stream while the page is in view, and has the queries asked again that it says have changed. Returns what ends
 * it. After each connection, and where there is none, everything on the page is asked for once: what happened before is
 * told by nobody.
 */
export function connectLive(client: QueryClient): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const renewals = [renewal(client, 'own'), renewal(client, 'list')];

  function open(): void {
    close();
    source = new EventSource('/api/stream');
    source.addEventListener('ready', () => {
      setLiveState('live');
      void client.invalidateQueries({ predicate: isShort });
    });
    source.addEventListener('change', ({ data }: MessageEvent<string>) => {
      const change = JSON.parse(data) as LiveChange;
      for (const each of renewals) each.add(change);
    });
    for (const event of ['ready', 'change', 'beat']) source.addEventListener(event, () => reopenAfter(SILENCE_MS));
    source.addEventListener('error', ({ target }) => {
      lose();
      reopenAfter((target as EventSource).readyState === EventSource.CLOSED ? RETRY_MS : SILENCE_MS);
    });
    reopenAfter(SILENCE_MS);
  }

  function reopenAfter(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      lose();
      open();
    }, ms);
  }

  /** Pages ask by themselves from now on; the first answer starts their intervals. */
  function lose(): void {
    if (liveState() === 'asking') return;
    setLiveState('asking');
    void client.invalidateQueries({ predicate: isShort });
  }

  function close(): void {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  function follow(): void {
    if (document.visibilityState === 'visible') {
      open();
      return;
    }
    close();
    setLiveState('hidden');
  }

  document.addEventListener('visibilitychange', follow);
  follow();
  return () => {
    document.removeEventListener('visibilitychange', follow);
    for (const each of renewals) each.stop();
    close();
    setLiveState('asking');
  };
}

/** Gathers changes, and has what they touch asked again: at once, then at most once a gap. */
function renewal(client: QueryClient, which: 'own' | 'list') {
  let waiting: LiveChange | null = null;
  let resting: ReturnType<typeof setTimeout> | undefined;

  function renew(): void {
    resting = undefined;
    if (!waiting) return;
    const change = waiting;
    waiting = null;
    void client.invalidateQueries({
      predicate: (query) => isShort(query) && touchedBy(change, query.queryKey) === which,
    });
    resting = setTimeout(renew, GAP_MS[which]);
  }

  return {
    add(change: LiveChange): void {
      waiting = waiting ? joined(waiting, change) : change;
      if (!resting) renew();
    },
    stop: () => clearTimeout(resting),
  };
}

function isShort({ options, queryKey }: Query): boolean {
  const { staleTime } = options as { staleTime?: unknown };
  return queryKey[0] !== 'session' && !(typeof staleTime === 'number' && staleTime > FRESH_MS);
}
