/** `@assay-ml/sdk/sticky`: units keep the variant that a store of the service remembers, over changed weights and login (R8). */

import type { Assignment, CompiledRuleset } from './compiled-ruleset.ts';
import type { Context } from './decision.ts';
import { unitProblem } from './event-limits.ts';
import { pause } from './pause.ts';
import type { ProblemLog } from './problems.ts';
import {
  isSticky,
  type Known,
  readEntry,
  rememberedArm,
  type StickyEntries,
  type StickyEntry,
} from './sticky-entries.ts';
import type { Tally } from './tally.ts';

export type { StickyEntries, StickyEntry } from './sticky-entries.ts';

/** Where a service keeps it: a cookie, Redis, a table. Both may be synchronous; what they throw or reject with is counted and reported. */
export interface StickyStore {
  /** Everything that was saved of this unit; null or undefined: nothing. */
  get(unit: string): StickyEntries | null | undefined | PromiseLike<StickyEntries | null | undefined>;
  /** Adds entries, replacing those of the same key and leaving the others. Nobody waits for it. */
  save(unit: string, entries: StickyEntries): unknown;
}

export interface StickyOptions {
  /** Longest wait for `get`, ms; past it the unit is decided by hash. Default 50. */
  timeoutMs?: number | undefined;
}

/** What a client lends to it. */
export interface StickyHost {
  problems: ProblemLog;
  tally: Tally;
  ruleset: () => CompiledRuleset | null;
}

/** What a client asks of it; never throws or rejects. */
export interface Sticky {
  /** The context with what is remembered of its unit; as it is, where no phase of the slot is sticky. */
  recall(slot: string, context: Context): Promise<Context>;
  /** The assignment with the remembered variant, if there is one, in place of the drawn one. `saves`: a new draw is remembered. */
  settle(drawn: Assignment, unit: string, memory: object | undefined, saves: boolean): Assignment;
}

export type StickyOption = (host: StickyHost) => Sticky;

/** What was found of one unit when a request asked. */
interface Recollection {
  unit: string;
  /** The store's answers: of the unit itself, then of its fallback. */
  answers: readonly unknown[];
  /** All could be read. If not, nothing is saved: it might replace what was not seen. */
  isWhole: boolean;
  /** What was decided since, by key of the experiment. */
  learned: Map<string, Known>;
}

const TIMEOUT_MS = 50;

/**
 * The option `sticky` of `connect`.
 * @throws TypeError if the store lacks `get` or `save`, or the time limit is no number of at least 0.
 */
export function sticky(store: StickyStore, { timeoutMs = TIMEOUT_MS }: StickyOptions = {}): StickyOption {
  if (typeof store?.get !== 'function' || typeof store.save !== 'function') {
    throw new TypeError('sticky(store): pass an object with the functions get(unit) and save(unit, entries).');
  }
  if (!(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
    throw new TypeError(
      `sticky(store, { timeoutMs }): timeoutMs is ${String(timeoutMs)}; pass a number of at least 0.`,
    );
  }
  return (host) => stickyOf(store, timeoutMs, host);
}

function stickyOf(store: StickyStore, timeoutMs: number, { problems, tally, ruleset }: StickyHost): Sticky {
  /** By the token in the context, which nobody can forge. */
  const recollections = new WeakMap<object, Recollection>();
  /** Entries to be saved at the end of this turn, by unit. */
  const waiting = new Map<string, Map<string, StickyEntry>>();

  const fail = (code: string, what: string, cause?: unknown): void => {
    tally.stickyFailures++;
    problems.report({ code, message: `${what} See that the sticky store answers in time.`, cause });
  };

  async function ask(unit: string): Promise<{ entries: unknown } | null> {
    try {
      const entries: unknown = await store.get(unit);
      if (entries === null || entries === undefined || typeof entries === 'object') return { entries };
      throw new TypeError(`get answered with a ${typeof entries}; null or an object is expected`);
    } catch (cause) {
      fail('sticky_recall_failed', 'Remembered variants could not be read: the unit was decided by hash.', cause);
      return null;
    }
  }

  async function recollect(unit: string, fallbackUnit: string | null | undefined): Promise<Recollection> {
    const learned = new Map();
    if (unitProblem(unit) !== null) return { unit, answers: [], isWhole: false, learned };
    const units = [unit, ...otherUnit(unit, fallbackUnit)];
    const limit = pause(timeoutMs, { keepAlive: true });
    const late = limit.over.then(() => 'late' as const);
    const found = await Promise.all(units.map((each) => Promise.race([ask(each), late])));
    limit.end();
    if (found.includes('late')) {
      fail(
        'sticky_recall_late',
        `Remembered variants were not read within ${timeoutMs} ms: the unit was decided by hash.`,
      );
    }
    const answers = found.map((each) => (each === 'late' ? null : each));
    // Of a unit whose own memory is unknown, that of its fallback says nothing.
    if (answers[0] === null) return { unit, answers: [], isWhole: false, learned };
    return { unit, answers: answers.map((each) => each?.entries), isWhole: !answers.includes(null), learned };
  }

  function otherUnit(unit: string, fallbackUnit: string | null | undefined): string[] {
    if (fallbackUnit === undefined || fallbackUnit === null || fallbackUnit === unit) return [];
    const problem = unitProblem(fallbackUnit);
    if (problem === null) return [fallbackUnit];
    problems.report({ code: 'fallback_unit_out_of_limits', message: `A fallbackUnit was ignored: ${problem}.` });
    return [];
  }

  async function save(unit: string, entries: ReadonlyMap<string, StickyEntry>): Promise<void> {
    waiting.delete(unit);
    try {
      await store.save(unit, Object.fromEntries(entries));
    } catch (cause) {
      fail('sticky_save_failed', 'A variant could not be remembered.', cause);
    }
  }

  function remember(memory: Recollection, key: string, entry: StickyEntry, isDrawn: boolean): void {
    memory.learned.set(key, { ...entry, isDrawn });
    const entries = waiting.get(memory.unit);
    if (entries) {
      entries.set(key, entry);
      return;
    }
    const own = new Map([[key, entry]]);
    waiting.set(memory.unit, own);
    // After the caller's code, and in the caller's asynchronous context, which a store of cookies needs.
    queueMicrotask(() => void save(memory.unit, own));
  }

  return {
    async recall(slot, context) {
      try {
        if (!isSticky(ruleset()?.slots.get(slot))) return context;
        const { unit, fallbackUnit, attributes, memory } = context;
        if (recollections.get(memory as object)?.unit === unit) return context;
        const token = Object.freeze({});
        recollections.set(token, await recollect(unit, fallbackUnit));
        return { unit, attributes, fallbackUnit, memory: token };
      } catch {
        // A context that cannot be read: the decision says so.
        return context;
      }
    },

    settle(drawn, unit, token, saves) {
      const { arm } = drawn;
      const rules = arm?.sticky;
      if (!arm || !rules) return drawn;
      const memory = recollections.get(token as object);
      if (memory?.unit !== unit) {
        const message =
          'A sticky phase decided by hash: pass decide and peek the context that recall gave, as in decide(slot, await recall(slot, { unit })).';
        if (saves) problems.report({ code: 'sticky_not_recalled', message });
        return drawn;
      }
      const { key, version, arms } = rules;
      const own = memory.learned.get(key) ?? readEntry(memory.answers[0], key);
      if (own?.isDrawn && own.variant === arm.variant) return drawn;
      const known = [own, readEntry(memory.answers[1], key)].find(
        (each) => each?.version === version && arms.has(each.variant),
      );
      if (saves && memory.isWhole && known !== own && !(own && own.version > version)) {
        remember(memory, key, known ?? { version, variant: arm.variant, propensity: arm.weight }, !known);
      }
      const kept = known && arms.get(known.variant);
      if (!kept) return drawn;
      if (saves) tally.remembered++;
      return { ...drawn, arm: rememberedArm(kept, known.propensity) };
    },
  };
}
