import { type ConnectOptions, connect, type Hook, telemetryAttributes } from '@assay-ml/sdk';
import { describe, expect, test } from 'vitest';
import { quietOptions, recordingServer } from './recording-server.ts';
import { experimentOf, phaseOfMode, rulesetOf, slotOf } from './rulesets.ts';

const ruleset = rulesetOf({
  alone: slotOf(),
  tested: slotOf({ experiments: [experimentOf()] }),
  mixed: slotOf({ output: 'ranking', experiments: [experimentOf({ phase: phaseOfMode('interleave') })] }),
});
const start = (options: Partial<ConnectOptions>) => connect(quietOptions(recordingServer(ruleset), options));

/** Writes down what it is told. */
function diary(): { hook: Hook; told: [string, unknown][] } {
  const told: [string, unknown][] = [];
  return {
    told,
    hook: {
      before: (about) => told.push(['before', about]),
      after: (about) => told.push(['after', about]),
      called: (about) => told.push(['called', about]),
    },
  };
}

describe('Hooks', () => {
  test('are told before and after decide, in the order given, and not of peek', async () => {
    const order: string[] = [];
    const first = diary();
    const second: Hook = { before: () => order.push('second'), after: () => order.push('second') };
    const assay = await start({ hooks: [{ before: () => order.push('first') }, first.hook, second] });
    const context = { unit: 'u', attributes: { country: 'NL' } };
    const decision = assay.decide('tested', context);
    assay.peek('tested', context);
    expect(first.told).toEqual([
      ['before', { slot: 'tested', context }],
      ['after', { slot: 'tested', context, decision }],
    ]);
    expect(order).toEqual(['first', 'second', 'second']);
    await assay.close();
  });

  test('are told what became of a call, with the variant that answered', async () => {
    const { hook, told } = diary();
    let at = 0;
    const assay = await start({ hooks: [hook], now: () => at });
    const { decision } = await assay.run('tested', { unit: 'u' }, async () => {
      at += 12;
      return 1;
    });
    expect(told.map(([moment]) => moment)).toEqual(['before', 'after', 'called']);
    const call = { status: 'ok', served: decision.variant, ms: 12 };
    expect(told[2]![1]).toEqual({ slot: 'tested', unit: 'u', decision, call });
    await expect(assay.run('alone', { unit: 'u' }, () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(told.at(-1)![1]).toMatchObject({ slot: 'alone', call: { status: 'error' } });
    await assay.close();
  });

  test('are told of every variant of an interleaved ranking', async () => {
    const { hook, told } = diary();
    const assay = await start({ hooks: [hook] });
    await assay.rank('mixed', { unit: 'u' }, async ({ key }) => [{ id: key }], { id: ({ id }) => id });
    const served = told
      .filter(([moment]) => moment === 'called')
      .map(([, about]) => (about as { call: { served: string } }).call.served);
    expect(served.toSorted()).toEqual(['challenger', 'champion']);
    await assay.close();
  });

  test('that throw, reject or are none change nothing', async () => {
    const hostile: Hook = {
      before() {
        throw new Error('before');
      },
      after: () => Promise.reject(new Error('after')),
      called: 'no function' as never,
    };
    const plain = await start({});
    const hooked = await start({ hooks: [hostile, {}] });
    for (let i = 0; i < 100; i++) {
      const expected = plain.peek('tested', { unit: `u${i}` }).variant;
      expect(hooked.decide('tested', { unit: `u${i}` }).variant).toBe(expected);
      expect((await hooked.run('tested', { unit: `u${i}` }, async ({ key }) => key)).value).toBe(expected);
    }
    await Promise.all([plain.close(), hooked.close()]);
  });
});

describe('The logger', () => {
  test('is warned once of each cause, and not where onError is given', async () => {
    const lines: unknown[][] = [];
    const logger = { warn: (...line: unknown[]) => lines.push(line) };
    const { onError, ...quiet } = quietOptions(recordingServer(ruleset));
    const assay = await connect({ ...quiet, logger });
    assay.decide('unknown', { unit: 'u' });
    assay.decide('unknown', { unit: 'v' });
    expect(lines).toEqual([
      [expect.stringContaining('assay: unknown_slot: '), expect.objectContaining({ code: 'unknown_slot' })],
    ]);
    const told = await connect({ ...quiet, logger, onError });
    told.decide('unknown', { unit: 'u' });
    expect(lines).toHaveLength(1);
    expect(assay.counters()).toMatchObject({ decisions: 2, defaults: 2, errors: 2 });
    await Promise.all([assay.close(), told.close()]);
  });

  test('and hooks of the wrong kind are told at start', async () => {
    await expect(start({ logger: {} as never, hooks: ['hook'] as never })).rejects.toThrow(
      /logger has no function[\s\S]*hooks is not/,
    );
  });
});

test('A decision as attributes of OpenTelemetry', async () => {
  const assay = await start({});
  const decision = assay.decide('tested', { unit: 'u' });
  expect(telemetryAttributes('tested', { unit: 'u' }, decision)).toEqual({
    'feature_flag.key': 'tested',
    'feature_flag.provider.name': 'assay',
    'feature_flag.context.id': 'u',
    'feature_flag.result.variant': decision.variant,
    'feature_flag.result.reason': 'split',
    'feature_flag.version': String(ruleset.version),
    'assay.decision': decision.id,
    'assay.propensity': 0.5,
    'assay.experiment': 'exp',
    'assay.phase': decision.phase,
    'assay.step': 1,
  });
  expect(telemetryAttributes('nothing', { unit: 'u' }, assay.decide('nothing', { unit: 'u' }))).toMatchObject({
    'feature_flag.result.reason': 'error',
    'error.type': 'flag_not_found',
  });
  await assay.close();
});
