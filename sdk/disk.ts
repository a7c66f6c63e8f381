import type { Problem } from './problems.ts';

/**
 * Keeps batches and the ruleset beyond the life of a process: `disk(folder)` of `@assay-ml/sdk/node`, or one of your own.
 * Nothing here is called on the path of a request.
 */
export interface Disk {
  /** Called once by `connect`, which waits for it at most 2 s; a rejection is reported, and nothing is kept. */
  open(client: DiskClient): Promise<OpenDisk>;
}

/** What is kept belongs to one url and key and is given to no other. */
export interface DiskClient {
  url: string;
  key: string;
  now: () => number;
  report: (problem: Problem) => void;
}

/** Its functions neither throw nor reject. */
export interface OpenDisk {
  /** The ruleset saved last, and how long ago the server confirmed it. */
  saved: { ruleset: unknown; ageMs: number } | null;
  saveRuleset(ruleset: unknown): void;
  /** A change of the ruleset saved last: `{ to, slots }`, a slot that is null has gone. */
  savePatch(patch: unknown): void;
  /** The server said that the ruleset saved last is the current one. */
  confirmRuleset(): void;
  /** From now on batches of ended processes are taken over; `onFound` is told how many events are in them. */
  adopt(onFound: (events: number) => void): void;
  /** False: there is no room, or it failed. `inHand`: the caller goes on sending it, so that `next` must not give it out. */
  keep(batch: { id: string; body: string; events: number }, inHand: boolean): Promise<boolean>;
  /** Whether `next` would give something. */
  hasNext(): boolean;
  /** The oldest batch that nobody has in hand. It stays on the disk until it is removed. */
  next(): Promise<KeptBatch | null>;
  /** A batch in hand is settled. */
  remove(id: string): void;
  /** Events in all batches kept. */
  events(): number;
  /** Ends all work; what is kept is there for the next process to find. */
  close(): Promise<void>;
}

/** `body` null: it cannot be sent any more, for the reason given, or for none if another process has it. */
export type KeptBatch = { events: number } & (
  | { id: string; body: string }
  | { id: string; body: null; problem: Problem | null }
);
