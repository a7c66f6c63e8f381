/** A client for the tests of a service: real decisions and records, no network, a clock that stands still. */

import { type Assay, createAssay } from './client.ts';
import { acceptRuleset, createState } from './client-state.ts';
import { compileRuleset } from './compile.ts';
import type { Context, Variant } from './decision.ts';
import type { Definitions, PayloadOf, SlotKey, VariantKey } from './definitions.ts';
import { type ConnectOptions, type Defaults, readOptions } from './options.ts';
import type { Problem } from './problems.ts';
import type { Ruleset } from './ruleset.ts';
import { type TestClock, testClock } from './testing-clock.ts';
import { type Recorded, recordingFetch } from './testing-recorder.ts';
import { withFixed } from './testing-ruleset.ts';

export type { Recorded, TestClock };

/** A slot's variant as a test fixes it. */
export type FixedVariant<D extends Definitions, Slot extends SlotKey<D>> = Variant<PayloadOf<D, Slot>> & {
  key: VariantKey<D, Slot>;
};

/** What belongs to the test client itself. */
type Own =
  | 'url'
  | 'key'
  | 'fetch'
  | 'now'
  | 'gzip'
  | 'disk'
  | 'bootstrap'
  | 'offline'
  | 'stream'
  | 'pollEveryMs'
  | 'timeoutMs';

export interface TestOptions<D extends Definitions = Definitions> extends Omit<ConnectOptions<D>, Own> {
  /** Which variant all units get, by slot; goes before `ruleset`. */
  variants?: { [Slot in SlotKey<D>]?: FixedVariant<D, Slot> } | undefined;
  /** For tests of a phase: the JSON of `GET /v1/ruleset`, or one written by hand. Default: no slots. */
  ruleset?: Ruleset | undefined;
  /** What the clock shows at first: a Date or ms since 1970. Default: 2026-01-01 00:00 UTC. */
  startAt?: number | Date | undefined;
}

export interface TestAssay<D extends Definitions = Definitions, None = null> extends Assay<D, None> {
  /** What was recorded up to now: delivers it, which takes no time, and waits for shadow calls under way. */
  recorded(): Promise<Recorded>;
  /** Everything that went wrong, once per cause; `onError` hears of it too, if given. */
  readonly problems: readonly Problem[];
  /** Gives times to events and measures calls. It stands still: timeouts, which are the platform's, do not heed it. */
  readonly clock: TestClock;
  /** From now on all units get this variant. @throws TypeError for something else than `{ key, payload }`. */
  setVariant<Slot extends SlotKey<D>>(slot: Slot, variant: FixedVariant<D, Slot>): void;
  /** From now on another ruleset is in force, fixed variants included no more. @throws TypeError that says what is wrong in it. */
  setRuleset(ruleset: Ruleset): void;
  /**
   * A unit id to which the split of a canary, A/B or bandit phase gives this variant.
   * @throws RangeError when none of 10,000 ids is given it.
   */
  unitWith<Slot extends SlotKey<D>>(
    slot: Slot,
    variant: VariantKey<D, Slot>,
    attributes?: Context['attributes'],
  ): string;
}

const DEFAULT_START = Date.UTC(2026, 0, 1);
/** The longest that a timer takes: the ruleset changes only by the test. */
const NEVER_MS = 2 ** 31 - 1;
const MOST_TRIES = 10_000;

/** Starts a client that decides by fixed variants or a ruleset and keeps what it records. @throws TypeError for wrong options. */
export async function testAssay<D extends Definitions = Definitions>(
  options: TestOptions<D> & { defaults: Defaults<D> },
): Promise<TestAssay<D, never>>;
export async function testAssay<D extends Definitions = Definitions>(options?: TestOptions<D>): Promise<TestAssay<D>>;
export async function testAssay(options: TestOptions = {}): Promise<TestAssay> {
  const { variants, ruleset, startAt = DEFAULT_START, onError, ...rest } = options;
  const clock = testClock(startAt);
  let current = checked(withFixed(ruleset, variants));
  const { fetch, recorded } = recordingFetch();
  const problems: Problem[] = [];
  const settings = readOptions({
    ...rest,
    url: 'http://assay.test',
    key: 'test',
    stream: false,
    pollEveryMs: NEVER_MS,
    staleAfterMs: rest.staleAfterMs ?? NEVER_MS,
    fetch,
    now: clock.now,
    onError(problem: Problem) {
      problems.push(problem);
      onError?.(problem);
    },
  });
  const state = createState(settings);
  acceptRuleset(state, current);
  const change = (next: Ruleset) => {
    current = checked({ ...next, version: current.version + 1 });
    acceptRuleset(state, current);
  };
  const assay = createAssay(state);
  return {
    ...assay,
    problems,
    clock,
    async recorded() {
      await assay.flush();
      return recorded();
    },
    setVariant: (slot, variant) => change(withFixed(current, { [slot]: variant })),
    setRuleset: (next) => change(next),
    unitWith(slot, variant, attributes) {
      for (let i = 1; i <= MOST_TRIES; i++) {
        const unit = `unit-${i}`;
        const decision = assay.peek(slot, { unit, attributes });
        if (decision.variant === variant && decision.reason === 'assigned') return unit;
      }
      throw new RangeError(`Slot "${slot}" gives variant "${variant}" to none of ${MOST_TRIES} units.`);
    },
  };
}

/** What a client reports and goes on without is a mistake of the test. */
function checked(ruleset: Ruleset): Ruleset {
  const problems: Problem[] = [];
  const { ruleset: compiled, problem } = compileRuleset(ruleset, (each) => problems.push(each));
  if (problem) throw new TypeError(problem.message);
  // Slots are prepared when they are first asked for.
  for (const slot of Object.keys(ruleset.slots)) compiled?.slots.get(slot);
  if (problems[0]) throw new TypeError(problems[0].message);
  return ruleset;
}
