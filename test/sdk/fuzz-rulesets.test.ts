import { type Assay, connect, type Fetch, type Ruleset } from '@assay-ml/sdk';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { event as eventContract } from '../../server/contract/events-contract.ts';
import { boom, expectDecision } from './hostile-values.ts';
import { attributes, key, mutated, mutation, ruleset } from './ruleset-arbitraries.ts';
import { forbidUnhandled } from './unhandled.ts';

forbidUnhandled();

/** Takes events, and knows of no ruleset. */
function eventServer() {
  const events: unknown[] = [];
  const fetch: Fetch = async (url, init) => {
    if (!url.endsWith('/v1/events')) return new Response('', { status: 503 });
    events.push(...(JSON.parse(String(init?.body)) as { events: unknown[] }).events);
    return Response.json({ accepted: 1, rejected: [] }, { status: 202 });
  };
  return { fetch, events };
}

async function start(bootstrap: unknown) {
  const { fetch, events } = eventServer();
  const problems: string[] = [];
  const onError = ({ code, message }: { code: string; message: string }) => problems.push(`${code}: ${message}`);
  const options = { url: 'http://assay.test', key: 'k', fetch, stream: false, timeoutMs: 0, flushEveryMs: 60_000 };
  return { assay: await connect({ ...options, bootstrap: bootstrap as Ruleset, onError }), events, problems };
}

/** Everything once; what the service's functions give comes back. */
async function serve(assay: Assay, slot: string, unit: string, given: Record<string, never>) {
  const context = { unit, attributes: given };
  const decision = assay.decide(slot, context);
  expectDecision(decision);
  const again = assay.peek(slot, context);
  const { id: _, ...expected } = decision;
  const { id: __, ...got } = again;
  expect(got).toEqual(expected);
  const ran = await assay.run(slot, context, ({ key: variant }) => ({ variant }));
  expect(ran.value.variant).toBe(decision.variant);
  const call = ({ key: variant }: { key: string }) => [{ id: 'common' }, { id: `of ${variant}`.slice(0, 20) }];
  const ranked = await assay.rank(slot, context, call, { id: (item) => item.id });
  expect(ranked.items.length).toBeGreaterThan(0);
  await expect(assay.run(slot, context, boom, { fallback: null })).rejects.toThrow('hostile');
  return decision;
}

async function closeBalanced(assay: Assay): Promise<void> {
  await assay.close(1000);
  const { exposures, outcomes, impressions, comparisons, sent, queued, dropped } = assay.counters();
  expect({ recorded: exposures + outcomes + impressions + comparisons, queued, dropped }).toEqual({
    recorded: sent,
    queued: 0,
    dropped: {},
  });
}

const prototypes = [Object.prototype, Array.prototype, Function.prototype, Map.prototype];
const natives = () => prototypes.map((prototype) => Reflect.ownKeys(prototype));

test('Any ruleset that a server makes is served: every slot by one of its variants, every event as the contract has it', async () => {
  await fc.assert(
    fc.asyncProperty(ruleset, attributes, async (rules, given) => {
      const before = structuredClone(rules);
      const { assay, events, problems } = await start(rules);
      for (const [slot, { champion, variants }] of Object.entries(rules.slots)) {
        for (const unit of ['u1', 'é日👍']) {
          const { variant, payload, reason } = await serve(assay, slot, unit, given as never);
          expect(Object.keys(variants)).toContain(variant);
          expect(payload).toBe(variants[variant]);
          expect(['assigned', 'champion', 'not_targeted', 'outside_range']).toContain(reason);
          if (reason !== 'assigned') expect(variant).toBe(champion);
        }
      }
      await closeBalanced(assay);
      for (const event of events) expect(eventContract.safeParse(event).error).toBeUndefined();
      expect(
        problems.filter((problem) => !/^(unusable_rule|ruleset_unavailable|not_comparable|segment_out)/.test(problem)),
      ).toEqual([]);
      expect(rules).toEqual(before);
    }),
    { numRuns: 80, seed: 20_261_123 },
  );
}, 60_000);

/** What the champion of each slot is, where a plain reader finds one. */
function readableChampions(input: unknown): Map<string, { champion: string; variants: object }> {
  const champions = new Map<string, { champion: string; variants: object }>();
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  try {
    if (!isRecord(input) || !isRecord(input.slots)) return champions;
    if (input.rules === 1 && !(Number.isSafeInteger(input.version) && Number(input.version) >= 0)) return champions;
    for (const [slot, rules] of Object.entries(input.slots)) {
      try {
        if (!isRecord(rules)) continue;
        const { champion, variants } = rules;
        if (typeof champion !== 'string' || !isRecord(variants) || !Object.hasOwn(variants, champion)) continue;
        if (variants[champion] !== undefined || champion in variants) champions.set(slot, { champion, variants });
      } catch {
        // A getter throws: nobody can read it.
      }
    }
  } catch {
    return new Map();
  }
  return champions;
}

test('Whatever is wrong in a ruleset, a slot whose champion can be read is served by one of its variants', async () => {
  const prototypesBefore = natives();
  await fc.assert(
    fc.asyncProperty(
      ruleset,
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      attributes,
      key,
      async (rules, mutations, given, other) => {
        const broken = mutated(rules, mutations);
        const isObject = typeof broken === 'object' && broken !== null;
        const champions = readableChampions(broken);
        let started: Awaited<ReturnType<typeof start>>;
        try {
          started = await start(broken);
        } catch (cause) {
          // Only what is no object at all is a wrong option.
          expect(cause).toBeInstanceOf(TypeError);
          expect(isObject && !Array.isArray(broken)).toBe(false);
          return;
        }
        const { assay } = started;
        for (const slot of new Set([...Object.keys(rules.slots), other])) {
          const { variant, reason } = await serve(assay, slot, 'u1', given as never);
          const readable = champions.get(slot);
          if (!readable) continue;
          expect(['unknown_slot', 'no_ruleset']).not.toContain(reason);
          if (reason === 'assigned') expect(Object.hasOwn(readable.variants, variant)).toBe(true);
          else expect(variant).toBe(readable.champion);
        }
        expect(['unknown_slot', 'no_ruleset', 'error']).toContain(assay.decide('no such slot', { unit: 'u' }).reason);
        assay.counters();
        await closeBalanced(assay);
      },
    ),
    { numRuns: 220, seed: 20_261_123 },
  );
  expect(natives()).toEqual(prototypesBefore);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}, 60_000);
