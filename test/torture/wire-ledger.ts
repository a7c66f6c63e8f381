/** What went over the wire: every batch that was ever sent, what was answered to it, and what was wrong about that. */
export interface WireLedger {
  batches: Map<string, SentBatch>;
  /** Ids of batches that must never be stored, because they are malformed. */
  malformed: Set<string>;
  /** Batches acknowledged, each once. */
  acknowledged: number;
  violations: string[];
  /** Answers by status; `network` where none came. */
  statuses: Map<string, number>;
  /** Before the first attempt of each batch, and harmless before later ones. */
  sending(from: string, body: string, poisoned?: ReadonlySet<number>): SentBatch;
  answered(batch: SentBatch, status: number | 'network', text: string): void;
}

export interface SentBatch {
  id: string;
  /** The client that sealed it. */
  from: string;
  events: readonly unknown[];
  /** Places of events that must be rejected. */
  poisoned: ReadonlySet<number>;
  sealedAt: number;
  /** A whole 202 was read. */
  acknowledged: boolean;
  /** Answers 202 that did not say `repeat`: more than one would mean that it was stored more than once. */
  firsts: number;
}

/** What a client has to repeat; anything else about a good batch is a fault of the server. */
const TRANSIENT = new Set(['network', '408', '429', '500', '502', '503', '504']);

export function createWireLedger(): WireLedger {
  const ledger: WireLedger = {
    batches: new Map(),
    malformed: new Set(),
    acknowledged: 0,
    violations: [],
    statuses: new Map(),
    sending(from, body, poisoned = new Set()) {
      const { batch: id, events } = JSON.parse(body) as { batch: string; events: unknown[] };
      const known = ledger.batches.get(id);
      if (known) return known;
      const batch = { id, from, events, poisoned, sealedAt: Date.now(), acknowledged: false, firsts: 0 };
      ledger.batches.set(id, batch);
      return batch;
    },
    answered(batch, status, text) {
      ledger.statuses.set(String(status), (ledger.statuses.get(String(status)) ?? 0) + 1);
      if (status === 202) {
        if (!batch.acknowledged) ledger.acknowledged++;
        ledger.violations.push(...acknowledge(batch, text));
      } else if (!TRANSIENT.has(String(status))) {
        ledger.violations.push(`good batch ${batch.id} of ${batch.from} was answered ${status}: ${text.slice(0, 200)}`);
      }
    },
  };
  return ledger;
}

function acknowledge(batch: SentBatch, text: string): string[] {
  const { accepted, repeat, rejected } = JSON.parse(text) as {
    accepted: number;
    repeat?: boolean;
    rejected: { index: number }[];
  };
  const told = `batch ${batch.id} of ${batch.from}`;
  batch.acknowledged = true;
  if (!repeat) batch.firsts++;
  const problems: string[] = [];
  if (batch.firsts > 1) problems.push(`${told} was stored as new ${batch.firsts} times`);
  const places = rejected.map((each) => each.index);
  if (places.length !== batch.poisoned.size || places.some((each) => !batch.poisoned.has(each))) {
    problems.push(`${told}: rejected ${JSON.stringify(rejected).slice(0, 300)}, poisoned [${[...batch.poisoned]}]`);
  }
  const good = batch.events.length - batch.poisoned.size;
  if (accepted !== good) problems.push(`${told}: accepted ${accepted} of ${good} good events`);
  return problems;
}
