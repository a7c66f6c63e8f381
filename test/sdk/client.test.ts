import { type ConnectOptions, connect, type ExposureEvent, HASH_RANGE } from '@assay-ml/sdk';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { codes, quietOptions, recordingServer } from './recording-server.ts';
import { allChallenger, experimentOf, phaseOf, rulesetOf, slotOf } from './rulesets.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

async function start(ruleset = rulesetOf(), more: ConnectOptions = {}) {
  const server = recordingServer(ruleset);
  const options = quietOptions(server, more);
  const assay = await connect(options);
  return { assay, server, problems: options.problems };
}

describe('connect', () => {
  test('rejects wrong options with a TypeError that lists every problem', async () => {
    const wrong = {
      url: 'ftp://x',
      key: 'é',
      pollEveryMs: -1,
      onError: 5,
      offline: 'yes',
      defaults: { a: 1 },
      polEvery: 1,
    };
    const error = await connect(wrong as never).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    for (const name of ['url', 'key', 'pollEveryMs', 'onError', 'offline', 'defaults["a"]', 'polEvery']) {
      expect(error.message).toContain(`- ${name}`);
    }
    for (const none of [undefined, null, 'http://x', []])
      await expect(connect(none as never)).rejects.toThrow(TypeError);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('fetches the ruleset with the key, decides from it and says that it is ready', async () => {
    const onReady = vi.fn();
    const { assay, server } = await start(rulesetOf(), { url: 'http://assay.test/', onReady });
    expect(server.requests[0]!.url).toBe('http://assay.test/v1/ruleset');
    expect(server.requests[0]!.headers.get('authorization')).toBe('Bearer sdk-key');
    expect(onReady).toHaveBeenCalledTimes(1);
    expect(assay.decide('model', { unit: 'u' })).toMatchObject({ reason: 'assigned', ruleset: 7, step: 1, phase: 11 });
    expect(assay.counters()).toMatchObject({ rulesetVersion: 7, configAgeMs: 0, decisions: 1, exposures: 1 });
    await assay.close();
  });

  test('resolves after timeoutMs without the server, serves defaults, and goes on in the background', async () => {
    const server = recordingServer(rulesetOf());
    let up = false;
    const fetch = (url: string, init?: RequestInit) =>
      up ? server.fetch(url, init) : Promise.reject(new Error('down'));
    const options = quietOptions(server, { fetch, timeoutMs: 2000, defaults: { model: { key: 'mine', payload: 1 } } });
    const connecting = connect(options);
    await vi.advanceTimersByTimeAsync(2000);
    const assay = await connecting;
    expect(codes(options.problems)).toEqual(['ruleset_unreachable', 'start_timeout']);
    expect(assay.decide('model', { unit: 'u' })).toMatchObject({ variant: 'mine', reason: 'no_ruleset', ruleset: 0 });
    expect(assay.decide('model', { unit: 'u' }, { default: { key: 'own', payload: 2 } })).toMatchObject({
      variant: 'own',
      payload: 2,
    });
    expect(assay.decide('other', { unit: 'u' })).toMatchObject({ variant: 'default', payload: null, propensity: 1 });
    up = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(assay.decide('model', { unit: 'u' }).reason).toBe('assigned');
    await assay.close();
  });

  test('resolves at once when the key is refused, for waiting would not help', async () => {
    const options = quietOptions(recordingServer(rulesetOf()), {
      fetch: async () => new Response('', { status: 401 }),
    });
    const assay = await connect(options);
    expect(codes(options.problems)).toEqual(['unauthorized']);
    await assay.close();
  });

  test('with a bootstrap does not wait, and takes the newer ruleset when it comes', async () => {
    const server = recordingServer(rulesetOf({ model: slotOf() }, 8));
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const fetch: typeof server.fetch = async (url, init) => held.then(() => server.fetch(url, init));
    const assay = await connect(quietOptions(server, { fetch, bootstrap: rulesetOf() }));
    expect(assay.decide('model', { unit: 'u' }).ruleset).toBe(7);
    answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(assay.decide('model', { unit: 'u' }).ruleset).toBe(8);
    await assay.close();
  });

  test('offline makes no network call and records nothing', async () => {
    const fetch = vi.fn();
    const assay = await connect({ offline: true, bootstrap: rulesetOf(), fetch });
    expect(assay.decide('model', { unit: 'u' }).reason).toBe('assigned');
    assay.outcome('click', { unit: 'u' });
    await assay.run('model', { unit: 'u' }, () => 1);
    expect(await assay.flush()).toEqual({ delivered: true });
    expect(assay.counters()).toMatchObject({ exposures: 0, outcomes: 0, queued: 0, decisions: 2 });
    expect(vi.getTimerCount()).toBe(0);
    await assay.close();
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe('Polling', () => {
  test('asks with the ETag, about every pollEveryMs, and 304 keeps the ruleset', async () => {
    const etags: (string | null)[] = [];
    const server = recordingServer(rulesetOf());
    const fetch: typeof server.fetch = async (url, init) => {
      const etag = new Headers(init?.headers).get('if-none-match');
      etags.push(etag);
      return etag === '"7"' ? new Response(null, { status: 304 }) : server.fetch(url, init);
    };
    const assay = await connect(quietOptions(server, { fetch }));
    await vi.advanceTimersByTimeAsync(8999);
    expect(assay.counters().configAgeMs).toBe(8999);
    await vi.advanceTimersByTimeAsync(100_000 - 8999);
    expect(etags[0]).toBeNull();
    expect(etags.slice(1).every((etag) => etag === '"7"')).toBe(true);
    expect(etags.length).toBeGreaterThanOrEqual(9);
    expect(etags.length).toBeLessThanOrEqual(12);
    expect(assay.counters().configAgeMs).toBeLessThan(11_000);
    await assay.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a malformed ruleset leaves the one before in force', async () => {
    const ruleset = rulesetOf();
    const { assay, problems } = await start(ruleset);
    ruleset.slots.model!.champion = 'nobody';
    await vi.advanceTimersByTimeAsync(11_000);
    expect(codes(problems)).toEqual(['malformed_ruleset']);
    expect(problems[0]!.message).toContain('slots.model.champion');
    expect(assay.decide('model', { unit: 'u' }).reason).toBe('assigned');
    await assay.close();
  });

  test('R7: rules of a newer version are refused, champions served, onError told once', async () => {
    const ruleset = rulesetOf();
    const { assay, problems } = await start(ruleset);
    ruleset.rules = 2;
    ruleset.version = 8;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(codes(problems)).toEqual(['unknown_rules']);
    expect(assay.decide('model', { unit: 'u' })).toMatchObject({ variant: 'champion', reason: 'champion', ruleset: 8 });
    await assay.close();
  });
});

describe('Exposures', () => {
  test('carry everything the server needs, and declared segments only', async () => {
    const experiments = [
      experimentOf({ segments: ['country', 'nested', 'missing'], phase: phaseOf({ split: allChallenger }) }),
    ];
    const { assay, server } = await start(rulesetOf({ model: slotOf({ experiments }) }));
    const attributes = { country: 'NL', age: 5, nested: {} } as never;
    const decision = assay.decide('model', { unit: 'é\ud83d"', attributes });
    await assay.flush();
    expect(server.events()).toEqual([
      {
        type: 'exposure',
        unit: 'é\ufffd"',
        slot: 'model',
        phase: 11,
        step: 1,
        variant: 'challenger',
        at: 1_700_000_000_000,
        decision: decision.id,
        propensity: 1,
        ruleset: 7,
        source: 'hash',
        attributes: { country: 'NL' },
      },
    ]);
    await assay.close();
  });

  test('are sent once per phase, step, unit and variant in ab and canary, always in a bandit, never by peek', async () => {
    const slotIn = (mode: 'ab' | 'canary' | 'bandit') =>
      slotOf({ experiments: [experimentOf({ phase: phaseOf({ mode }) })] });
    const { assay, server } = await start(
      rulesetOf({ ab: slotIn('ab'), canary: slotIn('canary'), bandit: slotIn('bandit') }),
    );
    const ids = new Set<string>();
    for (const slot of ['ab', 'canary', 'bandit']) {
      for (let i = 0; i < 3; i++) ids.add(assay.decide(slot, { unit: 'u' }).id);
      for (let i = 0; i < 3; i++) expect(assay.peek(slot, { unit: 'u' }).id).toBe('');
    }
    await assay.flush();
    expect(ids.size).toBe(9);
    expect([...ids].every((id) => id.length > 0 && id.length <= 64)).toBe(true);
    // ab and canary here have the same phase, step and variant: one exposure for both.
    expect(server.events().map((event) => (event as ExposureEvent).slot)).toEqual(['ab', 'bandit', 'bandit', 'bandit']);
    expect(assay.counters()).toMatchObject({ decisions: 9, exposures: 4, sent: 4 });
    await assay.close();
  });

  test('of peek have no id: an outcome that names it is one that names none', async () => {
    const { assay, server } = await start(rulesetOf());
    assay.outcome('click', { unit: 'u', decision: assay.peek('model', { unit: 'u' }).id });
    await assay.flush();
    expect(server.events()).toEqual([expect.not.objectContaining({ decision: expect.anything() })]);
    await assay.close();
  });

  test('one dropped because the queue was full is sent later', async () => {
    const { assay, server } = await start(rulesetOf(), { maxQueueEvents: 2 });
    for (const unit of ['a', 'b', 'c']) assay.decide('model', { unit });
    expect(assay.counters().dropped).toEqual({ queue_full: 1 });
    await assay.flush();
    for (const unit of ['a', 'b', 'c']) assay.decide('model', { unit });
    await assay.flush();
    expect(server.events().map(({ unit }) => unit)).toEqual(['a', 'b', 'c']);
    expect(server.batches[0]!.stats).toEqual({ dropped: { queue_full: 1 } });
    await assay.close();
  });

  test('of a unit out of limits are dropped, counted, reported once; the decision is made all the same', async () => {
    const { assay, problems } = await start();
    for (const unit of ['', 'é'.repeat(129), 'a\0b', 'é'.repeat(129)]) {
      expect(assay.decide('model', { unit }).reason).toBe('assigned');
    }
    expect(assay.decide('model', { unit: 'é'.repeat(128) }).reason).toBe('assigned');
    expect(assay.counters()).toMatchObject({ exposures: 1, dropped: { exposure_out_of_limits: 4 } });
    expect(problems).toHaveLength(3);
    await assay.close();
  });

  test('where no experiment takes the unit only the statistics count', async () => {
    const experiments = [experimentOf({ layer: { salt: 'l', from: 0, to: 0 } })];
    const { assay, server } = await start(
      rulesetOf({ model: slotOf({ experiments }), plain: slotOf({ experiments: [] }) }),
    );
    assay.decide('model', { unit: 'u' });
    assay.decide('plain', { unit: 'u' });
    assay.peek('plain', { unit: 'u' });
    await assay.flush();
    expect(server.events()).toEqual([]);
    expect(server.batches[0]!.stats!.slots!.map(({ slot, counters }) => [slot, counters])).toEqual([
      ['model', { decisions: 1 }],
      ['plain', { decisions: 1 }],
    ]);
    await assay.close();
  });
});

describe('External exposures', () => {
  const external = rulesetOf({
    model: slotOf({
      experiments: [experimentOf({ segments: ['country'], phase: phaseOf({ assignment: 'external' }) })],
    }),
    plain: slotOf(),
  });

  test('are recorded with the weight of the plan and their own time, each of them', async () => {
    const { assay, server } = await start(external);
    const at = new Date('2023-01-02T03:04:05Z');
    for (let i = 0; i < 2; i++)
      assay.exposure('model', { unit: 'u', variant: 'challenger', at, attributes: { country: 'NL' } });
    expect(assay.decide('model', { unit: 'u' })).toMatchObject({ variant: 'champion', reason: 'champion' });
    await assay.flush();
    expect(server.events()).toHaveLength(2);
    expect(server.events()[0]).toMatchObject({
      type: 'exposure',
      unit: 'u',
      slot: 'model',
      phase: 11,
      step: 1,
      variant: 'challenger',
      at: at.getTime(),
      propensity: 0.5,
      ruleset: 7,
      source: 'external',
      attributes: { country: 'NL' },
    });
    await assay.close();
  });

  test('without an external phase, or of an unknown variant, are counted and reported once', async () => {
    const { assay, problems } = await start(external);
    for (let i = 0; i < 2; i++) assay.exposure('plain', { unit: 'u', variant: 'challenger' });
    assay.exposure('nowhere', { unit: 'u', variant: 'challenger' });
    for (let i = 0; i < 2; i++) assay.exposure('model', { unit: 'u', variant: 'nobody' });
    assay.exposure('model', { unit: 'u', variant: 'champion', at: 5 });
    assay.exposure('model', null as never);
    expect(assay.counters().dropped).toEqual({ no_external_phase: 3, unknown_variant: 2, exposure_out_of_limits: 2 });
    expect(codes(problems).sort()).toEqual([
      'exposure_out_of_limits',
      'exposure_out_of_limits',
      'no_external_phase',
      'no_external_phase',
      'unknown_variant',
    ]);
    await assay.close();
  });
});

describe('Outcomes', () => {
  test('carry what was given', async () => {
    const { assay, server } = await start();
    assay.outcome('click', { unit: 'u' });
    assay.outcome('rating', {
      unit: 'u',
      value: -0.5,
      at: 1_600_000_000_000 + 99_999_999_999,
      decision: 'd',
      item: 'i',
      impression: 'm',
      properties: { a: 'x"', b: 1.5, c: true, d: undefined },
    });
    await assay.flush();
    expect(server.events()).toEqual([
      { type: 'outcome', unit: 'u', name: 'click', at: 1_700_000_000_000 },
      {
        type: 'outcome',
        unit: 'u',
        name: 'rating',
        at: 1_699_999_999_999,
        value: -0.5,
        decision: 'd',
        item: 'i',
        impression: 'm',
        properties: { a: 'x"', b: 1.5, c: true },
      },
    ]);
    await assay.close();
  });

  const keys = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, 1]));
  test.each([
    ['click', { unit: 'u', value: 1e15, properties: keys(32) }, true],
    ['é'.repeat(64), { unit: 'u', decision: 'x'.repeat(64) }, true],
    ['click', { unit: 'u', value: 1.001e15 }, false],
    ['click', { unit: 'u', value: Number.NaN }, false],
    ['click', { unit: 'u', value: '5' }, false],
    ['click', { unit: 5 }, false],
    ['', { unit: 'u' }, false],
    ['é'.repeat(65), { unit: 'u' }, false],
    ['a\0b', { unit: 'u' }, false],
    ['click', { unit: 'u', decision: 'x'.repeat(65) }, false],
    ['click', { unit: 'u', item: '' }, false],
    ['click', { unit: 'u', at: 'yesterday' }, false],
    ['click', { unit: 'u', at: 1_700_000_000_000 - 401 * 86_400_000 }, false],
    ['click', { unit: 'u', properties: keys(33) }, false],
    ['click', { unit: 'u', properties: { a: { b: 1 } } }, false],
    ['click', { unit: 'u', properties: { a: null } }, false],
    ['click', { unit: 'u', properties: { a: 'x\0' } }, false],
    ['click', { unit: 'u', properties: { a: 'x'.repeat(2049) } }, false],
    ['click', { unit: 'u', properties: [1] }, false],
    ['click', null, false],
  ])('are checked against the limits before they are queued: %# %s', async (name, outcome, isGood) => {
    const { assay, problems } = await start();
    for (let i = 0; i < 2; i++) assay.outcome(name, outcome as never);
    expect(assay.counters().outcomes).toBe(isGood ? 2 : 0);
    expect(assay.counters().dropped).toEqual(isGood ? {} : { outcome_out_of_limits: 2 });
    expect(problems).toHaveLength(isGood ? 0 : 1);
    await assay.close();
  });
});

describe('override', () => {
  test('forces a variant for one unit, unrecorded, until it is taken back', async () => {
    const { assay, server } = await start();
    assay.override('model', 'u', 'challenger');
    expect(assay.decide('model', { unit: 'u' })).toMatchObject({
      variant: 'challenger',
      payload: { model: 'v2' },
      reason: 'override',
      propensity: 1,
      experiment: null,
    });
    await assay.run('model', { unit: 'u' }, () => 1);
    await assay.flush();
    expect(server.batches).toEqual([]);
    expect(assay.decide('model', { unit: 'other' }).reason).toBe('assigned');
    assay.override('model', 'u', null);
    expect(assay.decide('model', { unit: 'u' }).reason).toBe('assigned');
    await assay.close();
  });

  test('to a variant that the slot does not have is reported and without effect', async () => {
    const { assay, problems } = await start();
    assay.override('model', 'u', 'nobody');
    expect(assay.decide('model', { unit: 'u' }).reason).toBe('assigned');
    expect(codes(problems)).toEqual(['unknown_variant']);
    await assay.close();
  });
});

test('A client that is closed decides on, records nothing and leaves no timer behind', async () => {
  const { assay, problems, server } = await start();
  assay.decide('model', { unit: 'u' });
  expect(await assay.close()).toEqual({ delivered: true });
  expect(vi.getTimerCount()).toBe(0);
  expect(assay.decide('model', { unit: 'v' }).reason).toBe('assigned');
  assay.outcome('click', { unit: 'u' });
  expect(assay.counters().dropped).toEqual({ closed: 2 });
  expect(codes(problems)).toEqual(['closed']);
  expect(await assay.close()).toEqual({ delivered: true });
  expect(await assay.flush()).toEqual({ delivered: true });
  expect(vi.getTimerCount()).toBe(0);
  expect(server.events()).toHaveLength(1);
});

test('An onError or onReady that throws or rejects disturbs nobody', async () => {
  const onError = vi.fn(async () => Promise.reject(new Error('own')));
  const onReady = () => {
    throw new Error('own');
  };
  const { assay } = await start(rulesetOf(), { onError, onReady });
  expect(assay.decide('nowhere', { unit: 'u' }).reason).toBe('unknown_slot');
  expect(assay.decide('nowhere', { unit: 'u' }).reason).toBe('unknown_slot');
  expect(onError).toHaveBeenCalledTimes(1);
  expect(assay.counters().errors).toBe(2);
  await assay.close();
});

test('A layer bound of 2^32 is not taken for a 32-bit number', async () => {
  const experiments = [experimentOf({ layer: { salt: 'l', from: 0, to: HASH_RANGE } })];
  const { assay } = await start(rulesetOf({ model: slotOf({ experiments }) }));
  for (let i = 0; i < 1000; i++) expect(assay.peek('model', { unit: `u${i}` }).reason).toBe('assigned');
  await assay.close();
});
