import { describe, expect, it } from 'vitest';
import { experimentInput } from '../../server/contract/catalog.ts';
import { checkExperiment } from '../../server/experiments/check-experiment.ts';
import type { SlotRow } from '../../server/slots/slot-store.ts';
import { metricOf, START } from './report-fixture.ts';

const slot = (output: 'value' | 'ranking' = 'value'): SlotRow => ({
  id: 1,
  key: 'slot',
  output,
  salt: 'salt',
  champion: 'old',
  timeoutMs: 1000,
  fallback: null,
  createdAt: START,
  variants: ['old', 'new', 'third'].map((key, i) => ({ id: i + 1, key, payload: null })),
});

const catalogue = [
  metricOf({ id: 1, key: 'clicked' }),
  metricOf({ id: 2, key: 'spend', kind: 'mean', aggregate: 'sum' }),
  metricOf({ id: 3, key: 'slow', kind: 'quantile', quantile: 0.95 }),
  metricOf({ id: 4, key: 'capped', kind: 'mean', capQuantile: 0.99 }),
  metricOf({ id: 5, key: 'label', independentOfAnswer: true }),
  metricOf({ id: 6, key: 'weekly', windowSeconds: 7 * 86_400 }),
  metricOf({ id: 7, key: 'returned', startSeconds: 3600, windowSeconds: 7200 }),
];

type Phase = Record<string, unknown>;
const all = catalogue.map(({ key }, i) => ({ metric: key, role: i === 0 ? 'primary' : 'secondary' }));

function check(phases: Phase[], changes: Record<string, unknown> = {}, output: 'value' | 'ranking' = 'value') {
  const input = experimentInput.parse({ key: 'e', slot: 'slot', name: 'e', metrics: all, phases, ...changes });
  return checkExperiment(input, slot(output), catalogue);
}

const steps = (...shares: number[]) => shares.map((share) => ({ share }));
const errors = { kind: 'errors' };
const canary = (shares: number[], changes: Phase = {}): Phase => ({
  mode: 'canary',
  candidate: 'new',
  canary: { steps: steps(...shares), guardrails: [errors] },
  ...changes,
});
const split = (...parts: [string, number][]) => parts.map(([variant, weight]) => ({ variant, weight }));
const ab = (weight: number, changes: Phase = {}): Phase => ({
  split: split(['new', weight], ['old', 1 - weight]),
  plan: { units: 100 },
  ...changes,
});
const bandit = (changes: Phase = {}, plan: Phase = {}): Phase => ({
  mode: 'bandit',
  variants: ['old', 'new'],
  bandit: { reward: 'clicked', ...changes },
  plan,
});
const shadow = (changes: Phase = {}): Phase => ({ mode: 'shadow', candidate: 'new', shadow: changes });
const guarded = (guardrail: Phase) => canary([0.1], { canary: { steps: steps(0.1), guardrails: [guardrail] } });
const interleave = { mode: 'interleave', variants: ['old', 'new'], interleave: {} };
const continued = { continues: true };
const sticky = { sticky: true };

describe('plans that are taken', () => {
  it.each<[string, Phase[], 'value' | 'ranking']>([
    ['all modes in a row', [shadow(), canary([0.01, 0.5]), ab(0.5), bandit(), interleave], 'ranking'],
    ['an ab phase that continues a ramp to its share', [canary([0.01, 0.25]), ab(0.25, continued)], 'value'],
    ['a ramp that continues a ramp', [canary([0.01, 0.25]), canary([0.25, 0.5], continued)], 'value'],
    ['labels that do not depend on the answer', [shadow({ label: 'label', gate: { lossIncrease: 0.1 } })], 'value'],
    ['sticky phases with less for the candidate', [ab(0.5, sticky), ab(0.1, { ...continued, ...sticky })], 'value'],
    [
      'a sticky phase without a challenger of the one before',
      [
        ab(0.5, { split: split(['new', 0.2], ['third', 0.2], ['old', 0.6]), ...sticky }),
        ab(0.5, { split: split(['third', 0.5], ['old', 0.5]), ...continued, ...sticky }),
      ],
      'value',
    ],
    ['a ramp, then a sticky phase', [canary([0.01, 0.25]), ab(0.25, { ...continued, ...sticky })], 'value'],
    ['a metric as guardrail', [guarded({ kind: 'metric', metric: 'spend', margin: { relative: 0.05 } })], 'value'],
    ['a window of a quarter of the plan', [bandit({ reward: 'weekly' }, { durationSeconds: 28 * 86_400 })], 'value'],
    ['a gate of the last phase, for phases to be added', [shadow(), ab(0.5, { gate: 'automatic' })], 'value'],
  ])('%s', (_, phases, output) => {
    expect(check(phases, {}, output).phases).toHaveLength(phases.length);
  });

  it('shadow and canary phases need no metric at all', () => {
    expect(check([shadow(), canary([0.1])], { metrics: [] }).metrics).toEqual([]);
  });
});

describe('plans that are refused, with what to do', () => {
  const long = { durationSeconds: 14 * 86_400 };
  it.each<[string, Phase[], RegExp, Record<string, unknown>?, 'ranking'?]>([
    ['ab without a metric that decides', [ab(0.5)], /metrics: name at least one primary/, { metrics: [] }],
    [
      'bandit whose reward is not measured',
      [bandit()],
      /bandit\.reward: "clicked" is not among.*name it there/,
      { metrics: [] },
    ],
    ['shares that do not grow', [canary([0.1, 0.1])], /steps\.1\.share: 0\.1 is not above 0\.1/],
    ['a candidate that is the champion', [canary([0.1], { candidate: 'old' })], /"old" is the champion already/],
    [
      'a guardrail that is no sum',
      [guarded({ kind: 'metric', metric: 'slow', margin: { relative: 0.1 } })],
      /"slow" is a quantile/,
    ],
    [
      'a guardrail capped by data',
      [guarded({ kind: 'metric', metric: 'capped', margin: { relative: 0.1 } })],
      /"capped" is capped at a quantile/,
    ],
    [
      'a guardrail nobody measures',
      [guarded({ kind: 'metric', metric: 'gone', margin: { relative: 0.1 } })],
      /"gone" is not among the experiment's metrics/,
    ],
    ['a reward that is a quantile', [bandit({ reward: 'slow' })], /a reward is a proportion or a mean/],
    [
      'a reward that is retention',
      [bandit({ reward: 'returned' })],
      /"returned" is retention, which is known too late/,
    ],
    [
      'counts where rewards are amounts',
      [bandit({ reward: 'spend', posterior: 'beta_bernoulli' })],
      /beta_bernoulli is for proportions/,
    ],
    [
      'floors above all there is',
      [{ ...bandit({ floor: 0.4 }), variants: ['old', 'new', 'third'] }],
      /0\.4 for each of 3 variants is more than 1/,
    ],
    ['a context that is not recorded', [bandit({ context: 'country' })], /"country" is not among the segments/],
    [
      'rewards that come too late',
      [bandit({ reward: 'weekly' }, long)],
      /604800 s, above a quarter of the 1209600 s.*first 57 % of the phase.*extra regret.* at least 57 %/,
    ],
    ['labels that depend on the answer', [shadow({ label: 'clicked' })], /"clicked" may depend on the answer/],
    ['loss without labels', [shadow({ gate: { lossIncrease: 0.1 } })], /lossIncrease: loss is computed on labels/],
    ['a reference that is never called', [shadow({ referenceShare: 0 })], /give referenceShare above 0/],
    ['interleaving of values', [interleave], /slot "slot" has output "value"/],
    [
      'interleaving without an outcome on items',
      [interleave],
      /none of the primary metrics \("slow"\) can be used/,
      { metrics: [{ metric: 'slow', role: 'primary' }] },
      'ranking',
    ],
    [
      'interleaving by who came back',
      [interleave],
      /none of the primary metrics \("returned"\) can be used/,
      { metrics: [{ metric: 'returned', role: 'primary' }] },
      'ranking',
    ],
    [
      'a sticky bandit',
      [{ ...bandit(), ...sticky }],
      /phases\.0\.sticky: only an ab phase can be sticky: each epoch of a bandit/,
    ],
    ['a sticky canary', [canary([0.1], sticky)], /sticky: .* a ramp never takes a unit off its candidate/],
    ['a sticky shadow phase', [{ ...shadow(), ...sticky }], /sticky: .* in a shadow phase everyone gets the champion/],
    ['sticky interleaving', [{ ...interleave, ...sticky }], /sticky: .* every unit gets both/, {}, 'ranking'],
    [
      'a sticky external phase',
      [ab(0.5, { assignment: 'external', plan: {}, ...sticky })],
      /sticky: .* an external phase is assigned elsewhere/,
    ],
    [
      'a phase that continues a sticky one and forgets',
      [ab(0.5, sticky), ab(0.5, continued)],
      /phases\.1\.sticky: the phase before is sticky .* it must be sticky too/,
    ],
    [
      'less for the candidate after a phase that did not remember',
      [ab(0.5), ab(0.1, { ...continued, ...sticky })],
      /starts with 10 % of challengers after 50 %/,
    ],
    ['a first phase that continues', [ab(0.5, continued)], /first phase has none before it/],
    ['an ab phase that continues a shadow phase', [shadow(), ab(0.5, continued)], /the one before is of mode shadow/],
    [
      'a bandit that continues',
      [ab(0.5), { ...bandit(), ...continued }],
      /only a canary or ab phase continues.*this one is of mode bandit/,
    ],
    [
      'less for the candidate than it had',
      [canary([0.1, 0.5]), ab(0.2, continued)],
      /starts with 20 % of challengers after 50 %/,
    ],
    [
      'another candidate',
      [canary([0.1]), ab(0.5, { ...continued, split: split(['third', 0.5], ['old', 0.5]) })],
      /must be those of the phase before/,
    ],
    [
      'shares among challengers that move',
      [
        ab(0.5, { split: split(['new', 0.2], ['third', 0.2], ['old', 0.6]) }),
        ab(0.5, { ...continued, split: split(['new', 0.3], ['third', 0.2], ['old', 0.5]) }),
      ],
      /only the share of the last one may grow/,
    ],
  ])('%s', (_, phases, message, changes, output) => {
    expect(() => check(phases, changes, output)).toThrow(message);
  });
});
