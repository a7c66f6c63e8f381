import { connect, type OutcomeEvent, type RunOptions, type Variant } from '@assay-ml/sdk';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { quietOptions, recordingServer } from './recording-server.ts';
import { allChallenger, experimentOf, phaseOf, rulesetOf, slotOf, splitOf } from './rulesets.ts';

const T0 = 1_700_000_000_000;
beforeEach(() => {
  vi.useFakeTimers({ now: T0 });
});
afterEach(() => {
  vi.useRealTimers();
});

const experiments = (split = allChallenger) => [experimentOf({ phase: phaseOf({ split }) })];
const ruleset = rulesetOf({
  model: slotOf({ experiments: experiments() }),
  guarded: slotOf({ experiments: experiments(), fallback: 'champion', timeoutMs: 100 }),
  control: slotOf({ experiments: experiments(splitOf(['challenger', 0], ['champion', 1])), fallback: 'champion' }),
  plain: slotOf({ experiments: [] }),
});

async function start() {
  const server = recordingServer(ruleset);
  const options = quietOptions(server, { now: Date.now });
  const assay = await connect(options);
  /** Call records, in the order in which they were sent. */
  const records = async () => {
    await assay.flush();
    return server.events().filter((event): event is OutcomeEvent => event.type === 'outcome');
  };
  return { assay, server, records, problems: options.problems };
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const slowly = (ms: number) => async (variant: Variant) => {
  await sleep(ms);
  return variant.key;
};
/** Settles while time passes. */
async function during<T>(promise: Promise<T>, ms = 1000): Promise<{ value?: T; error?: unknown }> {
  const settled = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await vi.advanceTimersByTimeAsync(ms);
  return settled;
}
const record = (status: string, served: string, variant = 'challenger') => ({
  status,
  served,
  variant,
  phase: 11,
  step: 1,
});

describe('A call', () => {
  test('gets variant, payload and signal; its exposure is recorded before it and its latency after', async () => {
    const { assay, server, records } = await start();
    const call = vi.fn(async (variant: Variant, info: { signal: AbortSignal; shadow: boolean }) => {
      expect(assay.counters()).toMatchObject({ exposures: 1, outcomes: 0 });
      expect(info.signal.aborted).toBe(false);
      expect(info.shadow).toBe(false);
      await sleep(30);
      return variant.payload;
    });
    const { value } = await during(assay.run('model', { unit: 'u' }, call));
    expect(value?.value).toEqual({ model: 'v2' });
    expect(await records()).toEqual([
      {
        type: 'outcome',
        unit: 'u',
        name: 'assay.ms',
        at: T0 + 30,
        value: 30,
        decision: value?.decision.id,
        properties: record('ok', 'challenger'),
      },
    ]);
    expect(server.events()[0]).toMatchObject({ type: 'exposure', call: true, decision: value?.decision.id });
    // The next poll, and the watch over its age.
    expect(vi.getTimerCount()).toBe(2);
    await assay.close();
    await vi.advanceTimersByTimeAsync(1000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('whose exposure was sent before still sends its own record', async () => {
    const { assay, server, records } = await start();
    for (let i = 0; i < 3; i++) await assay.run('model', { unit: 'u' }, () => i);
    expect(await records()).toHaveLength(3);
    expect(server.events().filter((event) => event.type === 'exposure')).toHaveLength(1);
    await assay.close();
  });

  test('that throws, at once or later, is rethrown as it is, with an error beside the latency', async () => {
    const { assay, records } = await start();
    const own = new Error('model down');
    const sync = () => {
      throw own;
    };
    expect((await during(assay.run('model', { unit: 'u' }, sync))).error).toBe(own);
    expect((await during(assay.run('model', { unit: 'u' }, async () => sync()))).error).toBe(own);
    const sent = await records();
    expect(sent.map(({ name, value }) => [name, value])).toEqual([
      ['assay.ms', 0],
      ['assay.error', 1],
      ['assay.ms', 0],
      ['assay.error', 1],
    ]);
    expect(sent[0]!.properties).toEqual(record('error', 'challenger'));
    expect(sent[1]!.decision).toBe(sent[0]!.decision);
    await assay.close();
  });
});

describe('Past the time limit', () => {
  test('the signal is aborted with a TimeoutError and what the function does is still what comes back', async () => {
    const { assay, records } = await start();
    const obedient = (_: Variant, { signal }: { signal: AbortSignal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const { error } = await during(assay.run('model', { unit: 'u' }, obedient, { timeoutMs: 50 }));
    expect((error as DOMException).name).toBe('TimeoutError');
    const { value } = await during(assay.run('model', { unit: 'u' }, slowly(80), { timeoutMs: 50 }));
    expect(value?.value).toBe('challenger');
    const sent = await records();
    expect(sent.map(({ name, value, at }) => [name, value, at])).toEqual([
      ['assay.ms', 50, T0 + 50],
      ['assay.error', 1, T0 + 50],
      ['assay.ms', 50, T0 + 1050],
      ['assay.error', 1, T0 + 1050],
    ]);
    expect(sent[0]!.properties).toEqual(record('timeout', 'challenger'));
    await assay.close();
  });

  test('a call that never ends has left its record all the same', async () => {
    const { assay, records } = await start();
    void assay.run('model', { unit: 'u' }, () => new Promise(() => {}), { timeoutMs: 50 });
    await vi.advanceTimersByTimeAsync(60);
    expect((await records())[0]!.properties).toEqual(record('timeout', 'challenger'));
    await assay.close();
  });
});

describe('When the caller gives up', () => {
  test.each([{}, { fallback: 'champion' as const }])(
    'the call counts as cancelled, not as an error: %j',
    async (options) => {
      const { assay, records } = await start();
      const controller = new AbortController();
      const call = vi.fn(
        (_: Variant, { signal }: { signal: AbortSignal }) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      );
      const running = assay.run('model', { unit: 'u' }, call, { ...options, signal: controller.signal });
      setTimeout(() => controller.abort(new Error('gone')), 20);
      expect(((await during(running)).error as Error).message).toBe('gone');
      expect(call).toHaveBeenCalledTimes(1);
      expect((await records()).map(({ name, properties }) => [name, properties])).toEqual([
        ['assay.ms', record('cancelled', 'challenger')],
      ]);
      await assay.close();
    },
  );

  test('before the call, the function is called with an aborted signal', async () => {
    const { assay, records } = await start();
    const call = (_: Variant, { signal }: { signal: AbortSignal }) => signal.throwIfAborted();
    const { error } = await during(
      assay.run('model', { unit: 'u' }, call, { signal: AbortSignal.abort(new Error('early')) }),
    );
    expect((error as Error).message).toBe('early');
    expect((await records())[0]!.properties).toEqual(record('cancelled', 'challenger'));
    await assay.close();
  });
});

describe("With fallback: 'champion'", () => {
  const failing = vi.fn(async (variant: Variant) => {
    await sleep(10);
    if (variant.key === 'challenger') throw new Error('challenger down');
    return variant.payload;
  });
  beforeEach(() => {
    failing.mockClear();
  });

  test.each([
    ['of the call', 'model', { fallback: 'champion' }],
    ['of the slot', 'guarded', undefined],
  ] as [string, string, RunOptions | undefined][])(
    '%s a failed challenger is followed by one call of the champion',
    async (_, slot, options) => {
      const { assay, records } = await start();
      const { value } = await during(assay.run(slot, { unit: 'u' }, failing, options));
      expect(value).toMatchObject({ value: { model: 'v1' }, decision: { variant: 'challenger' } });
      expect(failing.mock.calls.map(([variant]) => variant.key)).toEqual(['challenger', 'champion']);
      expect((await records()).map(({ name, value, properties }) => [name, value, properties])).toEqual([
        ['assay.ms', 20, record('error', 'champion')],
        ['assay.error', 1, record('error', 'champion')],
      ]);
      await assay.close();
    },
  );

  test('a challenger over its time is aborted and followed by the champion; its late failure harms nobody', async () => {
    const { assay, records } = await start();
    let aborted: unknown = null;
    const call = async (variant: Variant, { signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => {
        aborted = signal.reason;
      });
      await sleep(variant.key === 'challenger' ? 500 : 5);
      if (variant.key === 'challenger') throw new Error('late');
      return variant.key;
    };
    const { value } = await during(assay.run('guarded', { unit: 'u' }, call));
    expect(value?.value).toBe('champion');
    expect((aborted as DOMException).name).toBe('TimeoutError');
    expect((await records())[0]).toMatchObject({ value: 105, properties: record('timeout', 'champion') });
    await assay.close();
  });

  test("the champion's exception is rethrown, as fallback and as assigned variant, and never called twice", async () => {
    const { assay, records } = await start();
    const call = vi.fn((variant: Variant) => Promise.reject(new Error(`${variant.key} down`)));
    expect((await during(assay.run('guarded', { unit: 'u' }, call))).error).toEqual(new Error('champion down'));
    expect((await during(assay.run('control', { unit: 'u' }, call))).error).toEqual(new Error('champion down'));
    expect(call).toHaveBeenCalledTimes(3);
    const properties = (await records()).flatMap((event) => (event.name === 'assay.ms' ? [event.properties] : []));
    expect(properties).toEqual([record('error', 'champion'), record('error', 'champion', 'champion')]);
    await assay.close();
  });

  test('null of the call goes before the slot', async () => {
    const { assay } = await start();
    const { error } = await during(assay.run('guarded', { unit: 'u' }, failing, { fallback: null }));
    expect(error).toEqual(new Error('challenger down'));
    await assay.close();
  });
});

describe('Outside experiments', () => {
  test('only counters and a latency histogram are sent', async () => {
    const { assay, server } = await start();
    await during(assay.run('plain', { unit: 'u' }, slowly(10)), 10);
    await during(assay.run('plain', { unit: 'u' }, slowly(10), { timeoutMs: 5 }), 10);
    await during(
      assay.run('plain', { unit: 'u' }, () => Promise.reject(new Error('x'))),
      0,
    );
    await during(assay.run('plain', { unit: 'u' }, slowly(10), { signal: AbortSignal.abort() }), 10);
    await assay.flush();
    expect(server.events()).toEqual([]);
    const [entry] = server.batches[0]!.stats!.slots!;
    expect(entry!.counters).toEqual({ decisions: 4, calls: 4, errors: 1, timeouts: 1, cancelled: 1 });
    expect(Object.values(entry!.ms).reduce((sum, n) => sum + n, 0)).toBe(4);
    await assay.close();
  });

  test('an unknown slot calls the function with the default and sends nothing', async () => {
    const { assay, server } = await start();
    const { value } = await assay.run('nowhere', { unit: 'u' }, (variant) => variant, {
      default: { key: 'mine', payload: 1 },
    });
    expect(value).toEqual({ key: 'mine', payload: 1 });
    await assay.flush();
    expect(server.batches).toEqual([]);
    await assay.close();
  });
});
