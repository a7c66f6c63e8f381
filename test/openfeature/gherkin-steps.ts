import { type EvaluationDetails, type FlagValue, OpenFeature } from '@openfeature/server-sdk';
import { expect } from 'vitest';
import { CONTEXT_FLAG, type FlagType, type FlagUnderTest, type World, writingHook } from './gherkin-world.ts';

type Rows = string[][];
/** `groups` of the step's pattern; `rows` of its table. */
type Step = (world: World, groups: string[], rows: Rows) => unknown;

const TYPES: Record<string, FlagType> = {
  boolean: 'boolean',
  string: 'string',
  integer: 'integer',
  number: 'float',
  float: 'float',
  object: 'object',
};

/** A value as features write it. */
export function valueOfText(type: string, text: string): FlagValue {
  const known = TYPES[type.toLowerCase()];
  if (known === 'boolean') return text === 'true';
  if (known === 'integer' || known === 'float') return Number(text);
  if (known === 'object') return JSON.parse(text.replaceAll('\\"', '"'));
  return text;
}

const flagOf = (type: string, key: string, fallback: FlagValue): FlagUnderTest => ({
  type: TYPES[type.toLowerCase()] ?? 'boolean',
  key,
  fallback,
});

async function evaluateNow(world: World, flag: FlagUnderTest): Promise<void> {
  world.flag = flag;
  world.details = await world.evaluate();
}

const expectPictures = (value: unknown, [a, b, c, first, title, count]: string[]) =>
  expect(value).toEqual({ [a!]: first === 'true', [b!]: title, [c!]: Number(count) });

/** Steps of evaluation.feature, the first and deprecated suite. */
const evaluation: [RegExp, Step][] = [
  [
    /^an? (boolean|string|integer|float) flag with key "(.*)" is evaluated with (?:details and )?default value "?(.*?)"?$/,
    (world, [type, key, text]) => evaluateNow(world, flagOf(type!, key!, valueOfText(type!, text!))),
  ],
  [
    /^an object flag with key "(.*)" is evaluated with (?:details and )?a null default value$/,
    (world, [key]) => evaluateNow(world, flagOf('object', key!, null)),
  ],
  [
    /^a non-existent string flag with key "(.*)" is evaluated with details and a fallback value "(.*)"$/,
    (world, [key, text]) => evaluateNow(world, flagOf('string', key!, text!)),
  ],
  [
    /^a string flag with key "(.*)" is evaluated as an integer, with details and a fallback value (\d+)$/,
    (world, [key, text]) => evaluateNow(world, flagOf('integer', key!, Number(text))),
  ],
  [
    /^context contains keys "(.*)", "(.*)", "(.*)", "(.*)" with values "(.*)", "(.*)", (\d+), "(.*)"$/,
    (world, [a, b, c, d, first, last, age, customer]) => {
      world.context = { [a!]: first!, [b!]: last!, [c!]: Number(age), [d!]: customer === 'true' };
    },
  ],
  [
    /^a flag with key "(.*)" is evaluated with default value "(.*)"$/,
    (world, [key, text]) => evaluateNow(world, flagOf('string', key!, text!)),
  ],
  [
    /^the resolved (boolean|string|integer|float) (?:value|response) should be "?(.*?)"?$/,
    (world, [type, text]) => expect(world.details.value).toBe(valueOfText(type!, text!)),
  ],
  [
    /^the resolved object (?:details )?value should be contain fields "(.*)", "(.*)", and "(.*)", with values "(.*)", "(.*)" and (\d+), respectively$/,
    (world, groups) => expectPictures(world.details.value, groups),
  ],
  [
    /^the resolved (\w+) details value should be "?(.*?)"?, the variant should be "(.*)", and the reason should be "(.*)"$/,
    (world, [type, text, variant, reason]) =>
      expect(world.details).toMatchObject({ value: valueOfText(type!, text!), variant, reason }),
  ],
  [
    /^the variant should be "(.*)", and the reason should be "(.*)"$/,
    (world, [variant, reason]) => expect(world.details).toMatchObject({ variant, reason }),
  ],
  [
    /^the resolved flag value is "(.*)" when the context is empty$/,
    async (world, [text]) => expect((await world.evaluate(world.flag, {})).value).toBe(text),
  ],
  [
    /^the default (?:string|integer) value should be returned$/,
    (world) => expect(world.details.value).toBe(world.flag.fallback),
  ],
  [
    /^the reason should indicate an error and the error code should indicate a (?:missing flag|type mismatch) with "(.*)"$/,
    (world, [errorCode]) => expect(world.details).toMatchObject({ reason: 'ERROR', errorCode }),
  ],
];

/** Steps of evaluation_v2.feature and metadata.feature. */
const details: [RegExp, Step][] = [
  [/^a (stable|not ready|error|fatal|stale) provider$/, (world, [state]) => world.provide(state!)],
  [
    /^a (\w+)-flag with key "(.*)" and a fallback value "(.*)"$/,
    (world, [type, key, text]) => {
      world.flag = flagOf(type!, key!, valueOfText(type!, text!));
    },
  ],
  [
    /^a context containing a key "(.*)", with type "(.*)" and with value "(.*)"$/,
    (world, [key, type, text]) => {
      world.context[key!] = valueOfText(type!, text!);
    },
  ],
  [
    /^a context containing a key "(.*)" with null value$/,
    (world, [key]) => {
      world.context[key!] = null;
    },
  ],
  [
    /^the flag was evaluated with details(?: using the evaluation options)?$/,
    (world) => evaluateNow(world, world.flag),
  ],
  [
    /^the flag was evaluated with details asynchronously$/,
    async (world) => {
      const evaluating = world.evaluate().then((found) => {
        world.log.push('evaluated');
        return found;
      });
      world.log.push('went on');
      world.details = await evaluating;
    },
  ],
  [/^the evaluation should complete without blocking$/, (world) => expect(world.log).toEqual(['went on', 'evaluated'])],
  [
    /^the resolved details value should be "(.*)"$/,
    (world, [text]) => expect(world.details.value).toEqual(valueOfText(world.flag.type, text!)),
  ],
  [/^the reason should be "(.*)"$/, (world, [reason]) => expect(world.details.reason).toBe(reason)],
  [/^the error-code should be "(.*)"$/, (world, [code]) => expect(world.details.errorCode).toBe(code)],
  [/^the flag key should be "(.*)"$/, (world, [key]) => expect(world.details.flagKey).toBe(key)],
  [/^the variant should be "([^"]*)"$/, (world, [variant]) => expect(world.details.variant).toBe(variant)],
  [/^the provider status should be "(.*)"$/, (world, [status]) => expect(world.client.providerStatus).toBe(status)],
  [
    /^the resolved metadata should contain$/,
    (world, _, rows) => {
      const entries = rows.slice(1).map(([key, type, text]) => [key!, valueOfText(type!, text!)]);
      expect(world.details.flagMetadata).toMatchObject(Object.fromEntries(entries));
    },
  ],
  [/^the resolved metadata is empty$/, (world) => expect(world.details.flagMetadata).toEqual({})],
  [
    /^an evaluation context with modifiable data$/,
    (world) => {
      world.context = { targetingKey: 'u1', plan: 'pro', since: new Date(0), tags: ['a'], address: { city: 'Delft' } };
      world.contextBefore = structuredClone(world.context);
    },
  ],
  [
    /^the original evaluation context should remain unmodified$/,
    (world) => expect(world.context).toEqual(world.contextBefore),
  ],
  [
    /^the evaluation details should be immutable$/,
    (world) => {
      const { flagMetadata } = world.details;
      expect(() => Object.assign(flagMetadata, { more: true })).toThrow(TypeError);
      expect(flagMetadata).toEqual({});
    },
  ],
];

function fieldOf(found: EvaluationDetails<FlagValue> | undefined, name: string): unknown {
  const fields: Record<string, unknown> = {
    flag_key: found?.flagKey,
    value: found?.value,
    variant: found?.variant,
    reason: found?.reason,
    error_code: found?.errorCode,
  };
  if (!Object.hasOwn(fields, name)) throw new Error(`No such field of evaluation details: ${name}`);
  return fields[name] ?? null;
}

const callsOf = (world: World, stages: string) =>
  stages.split(', ').map((stage) => {
    const calls = world.hookCalls.filter((call) => call.stage === stage);
    expect(calls, stage).toHaveLength(1);
    return calls[0]!;
  });

/** Steps of hooks.feature, and of evaluation options. */
const hooks: [RegExp, Step][] = [
  [/^a client with added hook$/, (world) => world.client.addHooks(writingHook('client', world.hookCalls))],
  [/^the "(.*)" hook should have been executed$/, (world, [stages]) => void callsOf(world, stages!)],
  [
    /^the "(.*)" hooks should be called with evaluation details$/,
    (world, [stages], rows) => {
      for (const call of callsOf(world, stages!)) {
        for (const [type, key, text] of rows.slice(1)) {
          expect(fieldOf(call.details, key!), key).toBe(text === 'null' ? null : valueOfText(type!, text!));
        }
      }
    },
  ],
  [
    /^evaluation options containing specific hooks$/,
    (world) => {
      world.options = { hooks: ['first', 'second'].map((name) => writingHook(name, world.hookCalls)) };
    },
  ],
  [
    /^the specified hooks should execute during evaluation$/,
    (world) => expect(new Set(world.hookCalls.map(({ hook }) => hook))).toEqual(new Set(['first', 'second'])),
  ],
  [
    /^the hook order should be maintained$/,
    (world) =>
      expect(world.hookCalls.map(({ stage, hook }) => `${stage} ${hook}`)).toEqual([
        'before first',
        'before second',
        'after second',
        'after first',
        'finally second',
        'finally first',
      ]),
  ],
];

const addTo = (world: World, level: string, key: string, value: string) => {
  world.contextByLevel[level] = { ...world.contextByLevel[level], [key]: value };
};

/** Steps of contextMerging.feature. */
const merging: [RegExp, Step][] = [
  [/^a stable provider with retrievable context is registered$/, (world) => world.provide('stable')],
  [
    /^A context entry with key "(.*)" and value "(.*)" is added to the "(.*)" level$/,
    (world, [key, value, level]) => addTo(world, level!, key!, value!),
  ],
  [
    /^A table with levels of increasing precedence$/,
    (world, _, rows) => {
      world.levels = rows.map(([level]) => level!);
    },
  ],
  [
    /^Context entries for each level from API level down to the "(.*)" level, with key "(.*)" and value ".*"$/,
    (world, [last, key]) => {
      expect(world.levels).toContain(last);
      for (const level of world.levels.slice(0, world.levels.indexOf(last!) + 1)) addTo(world, level, key!, level);
    },
  ],
  [
    /^Some flag was evaluated$/,
    async (world) => {
      const { API = {}, Transaction = {}, Client = {}, Invocation = {}, 'Before Hooks': added } = world.contextByLevel;
      OpenFeature.setContext(API);
      world.client.setContext(Client);
      if (added !== undefined) world.client.addHooks({ before: () => added });
      const flag = flagOf('object', CONTEXT_FLAG, null);
      world.details = await new Promise((resolve) => {
        OpenFeature.setTransactionContext(Transaction, () =>
          resolve(world.evaluate(flag, { targetingKey: 'u1', ...Invocation })),
        );
      });
    },
  ],
  [
    /^The merged context contains an entry with key "(.*)" and value "(.*)"$/,
    async (world, [key, value]) => {
      expect(world.details.reason).toBe('SPLIT');
      expect(await world.recordedContext()).toMatchObject({ [key!]: value });
    },
  ],
];

const STEPS = [...evaluation, ...details, ...hooks, ...merging];

/** @throws when no step, or more than one, is written for the text. */
export async function runStep(world: World, text: string, rows: Rows): Promise<void> {
  const matching = STEPS.filter(([pattern]) => pattern.test(text));
  if (matching.length !== 1) throw new Error(`${matching.length} definitions of the step: ${text}`);
  const [pattern, step] = matching[0]!;
  await step(world, pattern.exec(text)!.slice(1), rows);
}
