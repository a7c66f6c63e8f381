import { type ComparisonEvent, connect, type PhaseRules, type RunOptions, type Variant } from '@assay-ml/sdk';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { comparisonEvent } from '../../server/contract/events-contract.ts';
import { codes, quietOptions, recordingServer } from './recording-server.ts';
import { experimentOf, phaseOfMode, rulesetOf, slotOf, splitOf } from './rulesets.ts';

const T0 = 1_700_000_000_000;
beforeEach(() => {
  vi.useFakeTimers({ now: T0 });
});
afterEach(() => {
  vi.useRealTimers();
});

type Rules = NonNullable<PhaseRules['shadow']>;
const rulesOf = (more: Partial<Rules> = {}): Rules => ({
  referenceShare: 0,
  budgetMs: 100,
  maxInFlight: 16,
  compare: { kind: 'auto', ignore: [], tolerance: 0, depth: 10 },
  ...more,
});
const everyone = splitOf(['challenger', 1], ['champion', 0]);
const shadowing = (
  rules: Partial<Rules> = {},
  split = everyone,
  more: { paused?: boolean; segments?: string[] } = {},
) =>
  rulesetOf({
    model: slotOf({
      experiments: [experimentOf({ ...more, phase: phaseOfMode('shadow', { shadow: rulesOf(rules), split }) })],
    }),
  });

async function start(ruleset = shadowing(), options: { offline?: boolean } = {}) {
  const server = recordingServer(ruleset);
  const given = quietOptions(server, { now: Date.now, ...options, ...(options.offline ? { bootstrap: ruleset } : {}) });
  const assay = await connect(given);
  /** What the server gets, after time for every shadow call; each is one that it accepts. */
  const comparisons = async (afterMs = 1000) => {
    await vi.advanceTimersByTimeAsync(afterMs);
    await assay.flush();
    const events = server.events().filter((event): event is ComparisonEvent => event.type === 'comparison');
    for (const event of events) expect(comparisonEvent.parse(event)).toEqual(event);
    return events;
  };
  return { assay, server, comparisons, problems: given.problems };
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A model of each variant, and every call that was made of them. */
function models<T>(answers: Record<string, (info: { signal: AbortSignal; shadow: boolean }) => T | Promise<T>>) {
  const calls: { key: string; shadow: boolean; at: number }[] = [];
  const call = (variant: Variant, info: { signal: AbortSignal; shadow: boolean }) => {
    calls.push({ key: variant.key, shadow: info.shadow, at: Date.now() - T0 });
    return answers[variant.key]!(info);
  };
  return { call, calls };
}

describe('A shadowed call', () => {
  test('gives the champion’s answer first, then calls the candidate, marked as shadow, and records both', async () => {
    const { assay, server, comparisons } = await start(shadowing({}, everyone, { segments: ['country'] }));
    const { call, calls } = models({
      champion: async () => sleep(20).then(() => 0.5),
      challenger: async () => sleep(30).then(() => 0.75),
    });
    const running = assay.run('model', { unit: 'u', attributes: { country: 'NL', other: 1 } }, call);
    await vi.advanceTimersByTimeAsync(20);
    const { value, decision } = await running;
    expect(value).toBe(0.5);
    expect(decision).toMatchObject({ variant: 'champion', reason: 'champion', propensity: 1 });
    expect(await comparisons()).toEqual([
      {
        type: 'comparison',
        unit: 'u',
        slot: 'model',
        phase: 11,
        decision: decision.id,
        at: T0,
        champion: { ms: 20, status: 'ok', score: 0.5 },
        candidate: { ms: 30, status: 'ok', score: 0.75 },
        measures: { agree: false, difference: 0.25 },
        attributes: { country: 'NL' },
        example: { champion: 0.5, candidate: 0.75 },
      },
    ]);
    expect(calls).toEqual([
      { key: 'champion', shadow: false, at: 0 },
      { key: 'challenger', shadow: true, at: expect.toSatisfy((at: number) => at >= 20) },
    ]);
    // The champion's own call stays in the statistics of the slot, the shadow calls among its counters.
    expect(server.events()).toHaveLength(1);
    const slots = server.batches.flatMap((batch) => batch.stats?.slots ?? []);
    const counters = slots.map((slot) => slot.counters);
    expect(counters).toEqual([{ decisions: 1, calls: 1, shadowed: 1 }]);
    expect(assay.counters()).toMatchObject({
      exposures: 0,
      outcomes: 0,
      comparisons: 1,
      shadowed: 1,
      shadowDropped: 0,
    });
    await assay.close();
  });

  test('starts the candidate only after what the caller does with the answer at once', async () => {
    const { assay, comparisons } = await start();
    const order: string[] = [];
    const call = ({ key }: Variant) => {
      order.push(key);
      return 1;
    };
    const answered = assay.run('model', { unit: 'u' }, call).then(async () => {
      for (let i = 0; i < 10; i++) await null;
      order.push('response written');
    });
    await answered;
    await comparisons();
    expect(order).toEqual(['champion', 'response written', 'challenger']);
    await assay.close();
  });

  test('takes the units of the share, always the same, and nobody while paused', async () => {
    const part = splitOf(['challenger', 0.3], ['champion', 0.7]);
    const { assay, comparisons } = await start(shadowing({ maxInFlight: 10_000 }, part));
    const units = Array.from({ length: 1000 }, (_, i) => `u${i}`);
    for (const unit of units) {
      await assay.run('model', { unit }, () => 1);
      await assay.run('model', { unit }, () => 1);
      // A clock of a test is slow with many timers.
      await vi.advanceTimersByTimeAsync(1);
    }
    const seen = new Map<string, number>();
    for (const { unit } of await comparisons()) seen.set(unit, (seen.get(unit) ?? 0) + 1);
    expect([...seen.values()].every((times) => times === 2)).toBe(true);
    expect(seen.size / units.length).toBeGreaterThan(0.25);
    expect(seen.size / units.length).toBeLessThan(0.35);
    await assay.close();

    const paused = await start(shadowing({}, everyone, { paused: true }));
    const { call, calls } = models({ champion: () => 1 });
    expect((await paused.assay.run('model', { unit: 'u' }, call)).decision.reason).toBe('champion');
    expect(await paused.comparisons()).toEqual([]);
    expect(calls).toHaveLength(1);
    await paused.assay.close();
  });

  test('is made neither by decide and peek, nor for an override, nor offline', async () => {
    const { assay, comparisons } = await start();
    const { call, calls } = models({ champion: () => 1, challenger: () => 2 });
    expect(assay.decide('model', { unit: 'u' }).variant).toBe('champion');
    assay.override('model', 'u', 'challenger');
    expect((await assay.run('model', { unit: 'u' }, call)).value).toBe(2);
    expect(await comparisons()).toEqual([]);
    const offline = await start(shadowing(), { offline: true });
    expect((await offline.assay.run('model', { unit: 'v' }, call)).value).toBe(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(calls.map(({ key }) => key)).toEqual(['challenger', 'champion']);
    await Promise.all([assay.close(), offline.assay.close()]);
  });
});

describe('Where the champion', () => {
  test('fails, its exception comes back as it is and the candidate is called all the same', async () => {
    const { assay, comparisons } = await start();
    const own = new Error('champion down');
    const { call } = models({ champion: () => Promise.reject(own), challenger: () => 2 });
    const error = await assay.run('model', { unit: 'u' }, call).catch((cause: unknown) => cause);
    expect(error).toBe(own);
    const [event] = await comparisons();
    expect(event).toMatchObject({ champion: { status: 'error' }, candidate: { status: 'ok', score: 2 }, measures: {} });
    await assay.close();
  });

  test('is given up by the caller, nothing is shadowed; a signal aborted after the answer changes nothing', async () => {
    const { assay, comparisons } = await start();
    const controller = new AbortController();
    const seen: AbortSignal[] = [];
    const call = async (variant: Variant, { signal }: { signal: AbortSignal }) => {
      if (variant.key === 'challenger') seen.push(signal);
      await sleep(10);
      signal.throwIfAborted();
      return 1;
    };
    const gone = assay.run('model', { unit: 'u' }, call, { signal: AbortSignal.abort(new Error('gone')) });
    const caught = gone.catch((cause: unknown) => cause);
    expect(await comparisons()).toEqual([]);
    expect(await caught).toEqual(new Error('gone'));
    const running = assay.run('model', { unit: 'u' }, call, { signal: controller.signal });
    await vi.advanceTimersByTimeAsync(10);
    await running;
    controller.abort();
    expect(await comparisons()).toMatchObject([{ candidate: { status: 'ok' }, measures: { agree: true } }]);
    expect(seen).toHaveLength(1);
    await assay.close();
  });
});

describe('The time budget', () => {
  test('ends with an abort; the call counts as a timeout of at least the budget, whatever it does later', async () => {
    const { assay, comparisons } = await start();
    let reason: unknown = null;
    const { call } = models({
      champion: () => 1,
      challenger: async ({ signal }) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
        });
        await sleep(300);
        throw new Error('late');
      },
    });
    await assay.run('model', { unit: 'u' }, call, { timeoutMs: 7000 });
    expect(await comparisons()).toMatchObject([{ candidate: { ms: 100, status: 'timeout' }, measures: {} }]);
    expect((reason as DOMException).name).toBe('TimeoutError');
    await assay.close();
  });

  test('is the call’s own time limit where the phase sets none', async () => {
    const { assay, comparisons } = await start(shadowing({ budgetMs: null }));
    const { call } = models({ champion: () => 1, challenger: () => new Promise<number>(() => {}) });
    await assay.run('model', { unit: 'u' }, call, { timeoutMs: 40 });
    expect(await comparisons()).toMatchObject([{ candidate: { ms: 40, status: 'timeout' } }]);
    await assay.close();
  });
});

describe('The limit of calls in flight', () => {
  test('leaves further decisions unshadowed, and counts them apart from lost events', async () => {
    const { assay, server, comparisons, problems } = await start(shadowing({ maxInFlight: 3 }));
    const { call, calls } = models({ champion: () => 1, challenger: () => sleep(50).then(() => 1) });
    for (let i = 0; i < 10; i++) await assay.run('model', { unit: `u${i}` }, call);
    expect(await comparisons()).toHaveLength(3);
    expect(calls.filter(({ shadow }) => shadow)).toHaveLength(3);
    await assay.run('model', { unit: 'later' }, call);
    expect(await comparisons()).toHaveLength(4);
    expect(assay.counters()).toMatchObject({ shadowed: 4, shadowDropped: 7, comparisons: 4, dropped: {} });
    const slots = server.batches.flatMap((batch) => batch.stats?.slots ?? []);
    const sum = (name: string) => slots.reduce((total, slot) => total + (slot.counters[name] ?? 0), 0);
    expect([sum('shadowed'), sum('shadowDropped')]).toEqual([4, 7]);
    expect(codes(problems)).toEqual(['shadow_dropped']);
    await assay.close();
  });

  test('holds for what really runs: a call that minds no signal keeps its place until it ends', async () => {
    const { assay, comparisons } = await start(shadowing({ maxInFlight: 2 }));
    let running = 0;
    let most = 0;
    const { call } = models({
      champion: () => 1,
      challenger: async () => {
        most = Math.max(most, ++running);
        await sleep(500);
        running--;
        return 1;
      },
    });
    for (let i = 0; i < 30; i++) {
      await assay.run('model', { unit: `u${i}` }, call);
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(most).toBe(2);
    expect((await comparisons()).map(({ candidate }) => candidate.status)).toEqual(new Array(6).fill('timeout'));
    await assay.close();
  });
});

describe('In the A/A share', () => {
  test('the champion is called again beside the candidate, one after the other, in drawn order', async () => {
    const { assay, comparisons } = await start(shadowing({ referenceShare: 1 }));
    const { call, calls } = models({
      champion: () => sleep(5).then(() => 'spam'),
      challenger: () => sleep(7).then(() => 'ham'),
    });
    const orders = new Set<string>();
    for (let i = 0; i < 40; i++) {
      calls.length = 0;
      const running = assay.run('model', { unit: 'u' }, call);
      await vi.advanceTimersByTimeAsync(100);
      await running;
      expect(calls.map(({ shadow }) => shadow)).toEqual([false, true, true]);
      const [, first, second] = calls as [never, (typeof calls)[number], (typeof calls)[number]];
      expect(second.at - first.at).toBe(first.key === 'champion' ? 5 : 7);
      orders.add(`${first.key} ${second.key}`);
    }
    expect([...orders].sort()).toEqual(['challenger champion', 'champion challenger']);
    const events = await comparisons();
    expect(events).toHaveLength(40);
    expect(events[0]).toMatchObject({
      champion: { ms: 5, status: 'ok', label: 'spam' },
      candidate: { ms: 7, status: 'ok', label: 'ham' },
      reference: { ms: 5, status: 'ok', label: 'spam' },
      measures: { agree: false },
      measuresReference: { agree: true },
    });
    await assay.close();
  });

  test('is the declared share of decisions', async () => {
    const { assay, comparisons } = await start(shadowing({ referenceShare: 0.2, maxInFlight: 10_000 }));
    for (let i = 0; i < 1000; i++) {
      await assay.run('model', { unit: 'u' }, () => 1);
      await vi.advanceTimersByTimeAsync(1);
    }
    const events = await comparisons();
    const share = events.filter(({ reference }) => reference !== undefined).length / events.length;
    expect(share).toBeGreaterThan(0.14);
    expect(share).toBeLessThan(0.26);
    await assay.close();
  });
});

describe('What is compared', () => {
  async function compared<T>(champion: T, candidate: T, options: RunOptions<T> = {}, rules: Partial<Rules> = {}) {
    const { assay, comparisons, problems } = await start(shadowing(rules));
    const { call } = models<T>({ champion: () => champion, challenger: () => candidate });
    const { value } = await assay.run('model', { unit: 'u' }, call, options);
    expect(value).toBe(champion);
    const [event] = await comparisons();
    await assay.close();
    return { event: event!, problems };
  }
  const kind = (kind: Rules['compare']['kind'], more: Partial<Rules['compare']> = {}) => ({
    compare: { kind, ignore: [], tolerance: 0, depth: 10, ...more },
  });

  test.each([
    ['numbers', 0.2, 0.3, { agree: false }],
    ['texts', 'a', 'a', { agree: true }],
    ['objects', { a: 1, b: [2] }, { a: 1, b: [3] }, { agree: false, 'differs.b': true }],
    ['rankings', ['a', 'b'], ['b', 'a'], { agree: false, overlap: 1, tau: -1 }],
    ['rankings of items', [{ id: 1 }, { id: 2 }], [{ id: 1 }, { id: 2 }], { agree: true, rbo: 1 }],
    ['lists of numbers', [0.1, 0.2], [0.1, 0.2], { agree: true, equalShare: 1 }],
    ['nothing', null, undefined, { agree: false }],
  ])('is found in the answer: %s', async (_, champion: unknown, candidate: unknown, measures) => {
    expect((await compared(champion, candidate)).event.measures).toMatchObject(measures);
  });

  test('follows the rules of the phase', async () => {
    const { event } = await compared<number>(0.2, 0.25, {}, kind('number', { tolerance: 0.1 }));
    expect(event.measures.agree).toBe(true);
    expect(event).not.toHaveProperty('example');
    const ignoring = kind('object', { ignore: ['id'] });
    const { event: other } = await compared({ id: 1, x: 'a' }, { id: 2, x: 'b' }, {}, ignoring);
    expect(other.measures).toEqual({ agree: false, equalShare: 0, 'differs.x': true });
    expect(other.example).toEqual({ champion: { x: 'a' }, candidate: { x: 'b' } });
  });

  test('score, label and example of the call stand for answers of any shape', async () => {
    const options: RunOptions<{ p: number; name: string }> = {
      score: (answer) => answer.p,
      label: (answer) => answer.p > 0.5,
      example: (a, b) => `${a.name} against ${b.name}`,
    };
    const answers = [
      { p: 0.4, name: 'A' },
      { p: 0.6, name: 'B' },
    ] as const;
    const { event } = await compared(...answers, options, kind('number'));
    expect(event.champion).toMatchObject({ score: 0.4, label: false });
    expect(event.candidate).toMatchObject({ score: 0.6, label: true });
    expect(event.measures).toEqual({ agree: false, difference: expect.closeTo(0.2) });
    expect(event.example).toEqual({ example: 'A against B' });
    expect((await compared(...answers, { ...options, example: false }, kind('label'))).event).not.toHaveProperty(
      'example',
    );
  });

  test('an own function goes before the built-in comparison, which adds agree where it is missing', async () => {
    const own = await compared({ a: 1 }, { a: 2 }, { compare: (a, b) => ({ gap: b.a - a.a }) });
    expect(own.event.measures).toEqual({ agree: false, gap: 1 });
    const judged = await compared({ a: 1 }, { a: 2 }, { compare: () => ({ agree: true, gap: 0 }) });
    expect(judged.event.measures).toEqual({ agree: true, gap: 0 });
  });

  test('an own function that fails is told once; status and latency are recorded all the same', async () => {
    const fail = () => {
      throw new Error('bad compare');
    };
    for (const compare of [fail, async () => ({ agree: true }), async () => fail(), () => null, () => 'text']) {
      const { event, problems } = await compared(1, 2, { compare: compare as never });
      expect(event).toMatchObject({ champion: { status: 'ok' }, candidate: { status: 'ok' }, measures: {} });
      expect(event.measures).toEqual({});
      expect(codes(problems)).toEqual(['comparison_failed']);
    }
    const scored = await compared(1, 2, { score: fail, example: fail }, kind('label'));
    expect(scored.event).toMatchObject({ measures: { agree: false } });
    expect(codes(scored.problems)).toEqual(['comparison_failed', 'comparison_failed']);
  });

  test('a champion whose answer is not of the declared kind is told, and counts as no disagreement', async () => {
    const { event, problems } = await compared<unknown>({ p: 1 }, { p: 2 }, {}, kind('number'));
    expect(event.measures).toEqual({});
    expect(problems[0]).toMatchObject({ code: 'not_comparable', message: expect.stringContaining('score(answer)') });
  });

  test('examples are few in a minute, and none of agreement', async () => {
    const { assay, comparisons } = await start(shadowing({ maxInFlight: 10_000 }));
    const { call } = models({ champion: () => 'a', challenger: () => 'b' });
    for (let i = 0; i < 100; i++) await assay.run('model', { unit: 'u' }, call);
    const first = await comparisons();
    expect(first.filter((event) => event.example !== undefined)).toHaveLength(6);
    await vi.advanceTimersByTimeAsync(60_000);
    for (let i = 0; i < 100; i++) await assay.run('model', { unit: 'u' }, call);
    expect((await comparisons()).filter((event) => event.example !== undefined)).toHaveLength(12);
    await assay.close();
  });
});

describe('flush and close', () => {
  test('wait for comparisons under way, while what is queued leaves at once', async () => {
    const { assay, server } = await start();
    const { call } = models({ champion: () => 1, challenger: () => sleep(80).then(() => 1) });
    await assay.run('model', { unit: 'u' }, call);
    assay.outcome('click', { unit: 'u' });
    const flushing = assay.flush();
    await vi.advanceTimersByTimeAsync(10);
    expect(server.events().map(({ type }) => type)).toEqual(['outcome']);
    await vi.advanceTimersByTimeAsync(100);
    expect(await flushing).toEqual({ delivered: true });
    expect(server.events().map(({ type }) => type)).toEqual(['outcome', 'comparison']);
    await assay.close();
  });

  test('give up after half the time; closing then aborts the calls and leaves no timer', async () => {
    const { assay, server } = await start(shadowing({ budgetMs: 60_000 }));
    let reason: unknown = null;
    const { call, calls } = models({
      champion: () => 1,
      challenger: ({ signal }) =>
        new Promise<number>(() => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
          });
        }),
    });
    await assay.run('model', { unit: 'u' }, call);
    const closing = assay.close(1000);
    await assay.run('model', { unit: 'u' }, call);
    await vi.advanceTimersByTimeAsync(499);
    expect(reason).toBeNull();
    await vi.advanceTimersByTimeAsync(2);
    expect(await closing).toEqual({ delivered: true });
    expect((reason as DOMException).name).toBe('AbortError');
    expect(calls.filter(({ shadow }) => shadow)).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(vi.getTimerCount()).toBe(0);
    expect(server.events()).toEqual([]);
  });
});

test('A unit that no event can name is answered and not shadowed', async () => {
  const { assay, comparisons, problems } = await start();
  const { call, calls } = models({ champion: () => 1 });
  expect((await assay.run('model', { unit: 'x'.repeat(300) }, call)).value).toBe(1);
  expect(await comparisons()).toEqual([]);
  expect(calls).toHaveLength(1);
  expect(codes(problems)).toEqual(['comparison_out_of_limits']);
  await assay.close();
});

test('rank compares the items of both lists by their ids', async () => {
  const { assay, comparisons } = await start(shadowing(rulesOf({ compare: { ...rulesOf().compare, depth: 2 } })));
  const list = (...skus: number[]) => skus.map((sku) => ({ sku }));
  const { call } = models({ champion: () => list(1, 2, 3), challenger: () => list(2, 1, 9) });
  const { items } = await assay.rank('model', { unit: 'u' }, call, { id: (item) => item.sku });
  expect(items).toEqual(list(1, 2, 3));
  const [event] = await comparisons();
  expect(event!.measures).toMatchObject({ agree: false, overlap: 1, tau: -1 });
  await assay.close();
});
