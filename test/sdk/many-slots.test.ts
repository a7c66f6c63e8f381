import { connect, type Ruleset, type SlotRules } from '@assay-ml/sdk';
import { expect, test } from 'vitest';
import { compileRuleset } from '../../sdk/compile.ts';
import { codes, quietOptions, recordingServer } from './recording-server.ts';
import { allChallenger, experimentOf, phaseOf, rulesetOf, slotOf } from './rulesets.ts';

const inCountry = { attribute: 'country', operator: 'in' as const, values: ['NL', 'DE'] };
const slotNumber = (n: number) =>
  slotOf({
    experiments: [
      experimentOf({ targeting: [inCountry], phase: phaseOf({ id: n, salt: `phase${n}`, split: allChallenger }) }),
    ],
  });
const manySlots = (count: number): Ruleset =>
  rulesetOf(Object.fromEntries(Array.from({ length: count }, (_, n) => [`slot-${n}`, slotNumber(n)])));

test('With 10,000 slots each decides as it does alone, and none is prepared before it is used', async () => {
  const many = manySlots(10_000);
  const assay = await connect(quietOptions(recordingServer(many)));
  const context = { unit: 'u', attributes: { country: 'NL' } };
  for (const n of [0, 1, 4999, 9999]) {
    const only = rulesetOf({ [`slot-${n}`]: slotNumber(n) });
    const alone = await connect({ offline: true, bootstrap: only });
    const { id: _, ...expected } = alone.peek(`slot-${n}`, context);
    expect(assay.decide(`slot-${n}`, context)).toMatchObject(expected);
    expect(expected).toMatchObject({ reason: 'assigned', variant: 'challenger', phase: n });
  }
  expect(assay.decide('slot-10000', context).reason).toBe('unknown_slot');
  await assay.close();
  expect(assay.counters()).toMatchObject({ exposures: 4, sent: 4, dropped: {} });

  const { slots } = compileRuleset(many).ruleset!;
  expect([...slots.entries.values()].filter((entry) => typeof entry !== 'function')).toEqual([]);
  expect(slots.get('slot-5')).toBe(slots.get('slot-5'));
});

const broken = (experiments: unknown): SlotRules => ({ ...slotNumber(1), experiments: experiments as never });

test('A slot whose experiments cannot be read serves its champion, said once; the others are untouched', async () => {
  const bootstrap = rulesetOf({ good: slotNumber(1), text: broken('x'), hole: broken([null]) });
  const options = quietOptions(recordingServer(bootstrap), { bootstrap });
  const assay = await connect(options);
  const context = { unit: 'u', attributes: { country: 'NL' } };
  for (const slot of ['text', 'hole', 'text']) {
    expect(assay.decide(slot, context)).toMatchObject({ variant: 'champion', payload: { model: 'v1' }, ruleset: 7 });
  }
  expect(assay.decide('good', context).variant).toBe('challenger');
  expect(codes(options.problems)).toEqual(['malformed_ruleset', 'malformed_ruleset']);
  expect(options.problems[0]!.message).toContain('slots.text.experiments');
  await assay.close();
});

test('A slot without a readable champion stays as it was; a change of the others arrives all the same', async () => {
  const before = rulesetOf({ one: slotNumber(1), two: slotNumber(2) });
  const after = rulesetOf({ one: { ...slotNumber(3), champion: 'nobody' }, two: slotOf({ experiments: [] }) }, 8);
  const compiled = compileRuleset(before).ruleset!;
  const problems: string[] = [];
  const next = compileRuleset(after, ({ message }) => problems.push(message), compiled).ruleset!;
  expect(next.version).toBe(8);
  expect(next.slots.get('one')!.experiments[0]!.phase).toBe(1);
  expect(next.slots.get('two')!.experiments).toEqual([]);
  expect(problems).toEqual([expect.stringContaining('slots.one.champion is not a variant of the slot')]);
  expect(compileRuleset(after).ruleset!.slots.get('one')).toBeUndefined();
});
