import { type Assay, connect, type Decision, type Ruleset } from '@assay-ml/sdk';
import { expect, expectTypeOf, it } from 'vitest';

/** As `assay types` writes it. What must not compile is marked; the gate's type check proves each mark. */
interface Shop {
  slots: {
    'fraud-score': {
      output: 'value';
      variants: 'v1' | 'v2';
      payload: { model: string; threshold: number; gpu?: boolean };
    };
    'feed-ranker': { output: 'ranking'; variants: 'popular'; payload: { model: string } };
  };
  outcomes: 'click' | 'purchase';
}
type FraudPayload = Shop['slots']['fraud-score']['payload'];

const slot = (champion: string, payload: unknown): Ruleset['slots'][string] => ({
  output: 'value',
  champion,
  variants: { [champion]: payload },
  timeoutMs: 1000,
  fallback: null,
  experiments: [],
});
const bootstrap: Ruleset = {
  rules: 1,
  version: 1,
  environment: 'production',
  slots: {
    'fraud-score': slot('v1', { model: 'gbm', threshold: 0.5 }),
    'feed-ranker': { ...slot('popular', { model: 'count' }), output: 'ranking' },
  },
};
const unit = { unit: 'u1' };
const onError = () => {};
const start = () => connect<Shop>({ offline: true, bootstrap, onError });

it('types the payload of a slot, which is null while nothing is known', async () => {
  const assay = await start();
  const { payload } = assay.decide('fraud-score', unit);
  expectTypeOf(payload).toEqualTypeOf<FraudPayload | null>();
  // @ts-expect-error before the first ruleset there may be no payload
  expect(payload.threshold).toBe(0.5);
  expect(payload?.threshold).toBe(0.5);
  // @ts-expect-error no variant has it
  expect(payload?.treshold).toBeUndefined();
});

it('knows that a default of the call takes the place of null', async () => {
  const assay = await start();
  const ours = { key: 'v1', payload: { model: 'gbm', threshold: 0.9 } } as const;
  expectTypeOf(assay.peek('fraud-score', unit, { default: ours }).payload).toEqualTypeOf<
    FraudPayload | (typeof ours)['payload']
  >();
  expect(assay.peek('fraud-score', unit, { default: ours }).payload.threshold).toBe(0.5);
  // @ts-expect-error a default must be something that a variant may carry
  assay.peek('fraud-score', unit, { default: { key: 'v1', payload: { model: 'tree' } } });
});

it('knows that defaults for all slots rule out null', async () => {
  const defaults = {
    'fraud-score': { key: 'v1', payload: { model: 'gbm', threshold: 0.9 } },
    'feed-ranker': { key: 'popular', payload: { model: 'count' } },
  } as const;
  const assay = await connect<Shop>({ offline: true, bootstrap, defaults });
  expectTypeOf(assay).toEqualTypeOf<Assay<Shop, never>>();
  expect(assay.decide('fraud-score', unit).payload.threshold).toBe(0.5);
  const some = await connect<Shop>({ offline: true, defaults: { 'feed-ranker': defaults['feed-ranker'] } });
  expectTypeOf(some).toEqualTypeOf<Assay<Shop>>();
  // @ts-expect-error a default of a slot that does not exist
  await connect<Shop>({ offline: true, defaults: { 'fraud-scor': defaults['fraud-score'] } });
});

it('refuses unknown slots, variants and outcomes when it is compiled', async () => {
  const assay = await start();
  // @ts-expect-error unknown slot
  expect(assay.decide('fraud-scor', unit).reason).toBe('unknown_slot');
  // @ts-expect-error unknown slot
  expect(assay.peek('fraud-scor', unit).reason).toBe('unknown_slot');
  // @ts-expect-error unknown slot
  await assay.run('fraud-scor', unit, () => 1);
  // @ts-expect-error unknown slot
  await assay.rank('feed', unit, () => ['a'], { id: (item) => item });
  // @ts-expect-error `rank` is for rankings
  await assay.rank('fraud-score', unit, () => ['a'], { id: (item) => item });
  // @ts-expect-error unknown outcome
  assay.outcome('clik', unit);
  // @ts-expect-error unknown variant
  assay.override('fraud-score', 'u1', 'v3');
  // @ts-expect-error unknown variant
  assay.exposure('fraud-score', { unit: 'u1', variant: 'v3' });
  assay.outcome('click', unit);
  assay.override('fraud-score', 'u1', 'v2');
  assay.override('fraud-score', 'u1', null);
  assay.exposure('fraud-score', { unit: 'u1', variant: 'v1' });
});

it('gives the function of run and rank the typed payload, and gives back what the function answers', async () => {
  const assay = await start();
  const run = await assay.run('fraud-score', unit, async (variant, { signal }) => {
    expectTypeOf(variant.payload).toEqualTypeOf<FraudPayload | null>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    return variant.payload?.threshold ?? 1;
  });
  expectTypeOf(run.value).toEqualTypeOf<number>();
  expectTypeOf(run.decision).toEqualTypeOf<Decision<FraudPayload | null>>();
  expect(run.value).toBe(0.5);

  const ranked = await assay.rank(
    'feed-ranker',
    unit,
    (variant) => {
      expectTypeOf(variant.payload).toEqualTypeOf<{ model: string }>();
      return [{ id: 7, by: variant.payload.model }];
    },
    {
      id: (item) => item.id,
      default: { key: 'popular', payload: { model: 'none' } },
      score: (items) => items.length,
    },
  );
  expectTypeOf(ranked.items).toEqualTypeOf<{ id: number; by: string }[]>();
  expect(ranked.items).toEqual([{ id: 7, by: 'count' }]);
});

it('takes any slot and outcome without definitions, and a typed client where any client will do', async () => {
  const plain = await connect({ offline: true, bootstrap, onError });
  const { payload } = plain.decide('whatever', unit);
  expectTypeOf(payload).toEqualTypeOf<unknown>();
  const { value } = await plain.run<number>('fraud-score', unit, () => 1);
  expectTypeOf(value).toEqualTypeOf<number>();
  await plain.rank<{ id: string }>('feed-ranker', unit, () => [], { id: (item) => item.id });
  plain.outcome('anything', unit);

  const reasonOf = (client: Assay) => client.peek('fraud-score', unit).reason;
  expect(reasonOf(await start())).toBe('champion');
});
