const MINUTE = 60_000;
/** Examples of disagreement that one client sends of a phase in a minute. */
const EXAMPLES_PER_MINUTE = 6;

/** What one client has under way beside its answers. */
export interface ShadowPlaces {
  /** Takes a place of the phase for one decision; false: all are taken, or the client closes. */
  enter(phase: number, limit: number): boolean;
  /** The comparison is made (or given up): nobody waits for this decision any more. */
  compared(): void;
  /** All calls of the decision have ended: the place is free. */
  leave(phase: number): void;
  /** Registers how to cancel a call under way; the answer unregisters it. */
  cancellable(cancel: () => void): () => void;
  /** One more example of this phase may be sent in this minute. */
  takesExample(phase: number, at: number): boolean;
  isIdle(): boolean;
  /** Resolves once no comparison is awaited. */
  idle(): Promise<void>;
  /** No decision gets a place any more. */
  close(): void;
  cancelAll(): void;
}

export function shadowPlaces(): ShadowPlaces {
  const taken = new Map<number, number>();
  const cancels = new Set<() => void>();
  const examples = new Map<number, { minute: number; sent: number }>();
  let waiters: (() => void)[] = [];
  let awaited = 0;
  let isClosed = false;

  return {
    enter(phase, limit) {
      const places = taken.get(phase) ?? 0;
      if (isClosed || places >= limit) return false;
      taken.set(phase, places + 1);
      awaited++;
      return true;
    },
    compared() {
      awaited--;
      if (awaited > 0) return;
      for (const wake of waiters) wake();
      waiters = [];
    },
    leave(phase) {
      const left = (taken.get(phase) ?? 0) - 1;
      if (left > 0) taken.set(phase, left);
      else taken.delete(phase);
    },
    cancellable(cancel) {
      cancels.add(cancel);
      return () => cancels.delete(cancel);
    },
    takesExample(phase, at) {
      const minute = Math.floor(at / MINUTE);
      const current = examples.get(phase);
      const sent = current?.minute === minute ? current.sent : 0;
      if (sent >= EXAMPLES_PER_MINUTE) return false;
      examples.set(phase, { minute, sent: sent + 1 });
      return true;
    },
    isIdle: () => awaited === 0,
    idle: () => (awaited === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
    close() {
      isClosed = true;
    },
    cancelAll() {
      for (const cancel of cancels) cancel();
    },
  };
}
