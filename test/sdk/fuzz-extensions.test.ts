import { connect } from '@assay-ml/sdk';
import { sticky } from '@assay-ml/sdk/sticky';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { event as eventContract } from '../../server/contract/events-contract.ts';
import { boom, expectDecision, hostileProxy, textless } from './hostile-values.ts';
import { quietOptions, recordingServer } from './recording-server.ts';
import { junk } from './ruleset-arbitraries.ts';
import { experimentOf, phaseOf, phaseOfMode, rulesetOf, slotOf } from './rulesets.ts';
import { forbidUnhandled } from './unhandled.ts';

forbidUnhandled();

const ruleset = rulesetOf({
  sticky: slotOf({ experiments: [experimentOf({ phase: phaseOf({ sticky: { key: 'exp', version: 5 } }) })] }),
  lists: slotOf({ experiments: [experimentOf({ phase: phaseOfMode('interleave', { id: 12 }) })] }),
  plain: slotOf({ experiments: [] }),
});

/** What a function of the service may do instead of its work. */
const misbehaviour = fc.oneof(
  fc.constantFrom<(() => unknown)[]>(
    boom,
    () => {
      throw textless();
    },
    () => Promise.reject(textless()),
    () => Promise.reject(hostileProxy()),
    () => new Promise(() => {}),
    () => Object.defineProperty({}, 'then', { get: boom }),
    () => ({ exp: { version: 5, variant: 'challenger', propensity: 0.5 } }),
    () => ({ exp: { version: 5, variant: '__proto__', propensity: 2 } }),
    () => ({ exp: { version: 5, variant: 'challenger', propensity: 5e-324 } }),
    () => ({ exp: hostileProxy() }),
  ),
  junk,
);

test('Hooks, a logger and a store that misbehave change no answer, and every event stays in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(misbehaviour, { minLength: 6, maxLength: 6 }), async (behaviours) => {
      const [before, after, called, warn, get, save] = behaviours as [() => unknown, ...(() => unknown)[]];
      const server = recordingServer(ruleset);
      const { onError: _, ...options } = quietOptions(server);
      const assay = await connect({
        ...options,
        logger: { warn: warn! },
        hooks: [{ before, after: after!, called: called! }, Object.defineProperty({}, 'after', { get: boom })],
        sticky: sticky({ get: get as never, save: save! }, { timeoutMs: 2 }),
      });
      for (const slot of Object.keys(ruleset.slots)) {
        const context = { unit: 'u', fallbackUnit: 'before login' };
        expectDecision(assay.decide(slot, context));
        const { value, decision } = await assay.run(slot, context, ({ key }) => key);
        expect(value).toBe(decision.variant);
        expect(['champion', 'challenger']).toContain(value);
        const { items } = await assay.rank(slot, context, () => ['x', 'y'], { id: String });
        expect(items).toEqual(['x', 'y']);
        await expect(assay.run(slot, context, boom)).rejects.toThrow('hostile');
      }
      expect(await assay.close()).toEqual({ delivered: true });
      const { exposures, outcomes, impressions, sent, dropped } = assay.counters();
      expect({ sent, dropped }).toEqual({ sent: exposures + outcomes + impressions, dropped: {} });
      for (const event of server.events()) expect(eventContract.safeParse(event).error).toBeUndefined();
    }),
    { numRuns: 200, seed: 20_261_123 },
  );
}, 60_000);

test.each<[string, () => unknown]>([
  ['throws', boom],
  ['rejects with what has no text', () => Promise.reject(textless())],
  ['rejects with what nobody can read', () => Promise.reject(hostileProxy())],
])('A disk that %s when it is opened costs what it would have kept, no more', async (_, open) => {
  const server = recordingServer(ruleset);
  const options = quietOptions(server, { disk: { open: open as never } });
  const assay = await connect(options);
  expect(assay.decide('sticky', { unit: 'u' }).reason).toBe('assigned');
  expect(await assay.close()).toEqual({ delivered: true });
  expect(server.events()).toHaveLength(1);
  expect(options.problems).toMatchObject([{ code: 'disk_unusable' }]);
});
