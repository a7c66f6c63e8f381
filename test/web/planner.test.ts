import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { chosenPlan, plan as planContract } from '../../server/contract/plan-contract.ts';
import { fromRoot } from '../../server/repository-root.ts';
import {
  designEffect,
  groupSequentialDesign,
  interleavingSensitivity,
  meanSampleSize,
  nonInferiorityRateSampleSize,
  normalQuantile,
  proportionSampleSize,
  signTestSampleSize,
} from '../../stats/index.ts';
import { fieldsFromHistory, historySentence, typed } from '../../web/planner/history-texts.ts';
import { impressionsForWins, readInterleaving, sensitivityOf } from '../../web/planner/interleaving-plan.ts';
import { effortCurve, powerCurve } from '../../web/planner/plan-curves.ts';
import { parseNumber, readPlanForm } from '../../web/planner/plan-fields.ts';
import { planJson } from '../../web/planner/plan-json.ts';
import { costsOf, planUnits } from '../../web/planner/plan-units.ts';
import { costText, plannedSentence, planWarnings } from '../../web/planner/plan-words.ts';

const formOf = (query: string) => readPlanForm(new URLSearchParams(query));

function planOf(query: string) {
  const { input, problems } = formOf(query);
  if (!input) throw new Error(JSON.stringify(problems));
  const plan = planUnits(input);
  if (plan.status !== 'ok') throw new Error(plan.message);
  return { input, plan };
}

describe('units of a plan', () => {
  it('are those of the sample size functions for one look and halves', () => {
    expect(planOf('rate=5&effect=10').plan.control).toBe(Math.ceil(proportionSampleSize(0.05, 0.055).perArm));
    expect(planOf('kind=mean&mean=10&deviation=20&effect=5').plan.control).toBe(
      Math.ceil(meanSampleSize(0.5, { standardDeviation: 20 }).perArm),
    );
    // 2 (z_α + z_β)² σ² / δ², as a ratio is tested by the linearised values.
    const z = normalQuantile(0.975) + normalQuantile(0.8);
    expect(planOf('kind=ratio&mean=0.4&deviation=1.5&effect=2').plan.control).toBe(
      Math.ceil(2 * ((z * 1.5) / 0.008) ** 2),
    );
    const margin = nonInferiorityRateSampleSize(0.1, 0.002);
    expect(margin.status === 'ok' && planOf('question=not_worse&rate=10&margin=2').plan.control).toBe(
      margin.status === 'ok' && Math.ceil(margin.perArm),
    );
  });

  it('are the same for a fall as wide, counted for its own rates', () => {
    expect(planOf('rate=5&effect=-10').plan.control).toBe(Math.ceil(proportionSampleSize(0.05, 0.045).perArm));
  });

  it('grow by looks, shrink by adjustment and grow by clusters, each as its function says', () => {
    const { plan: plain } = planOf('');
    const factor = (query: string) => {
      const { plan } = planOf(query);
      expect(plan.plainPerArm).toBe(plain.plainPerArm);
      return plan.factors.map((each) => each.factor);
    };
    // Nine tenths of the error probability are shared by the planned looks.
    const { drift } = groupSequentialDesign({ type: 'obrien_fleming' }, [0.2, 0.4, 0.6, 0.8, 1], { alpha: 0.045 });
    const z = normalQuantile(0.975) + normalQuantile(0.8);
    expect(factor('design=group_sequential')).toEqual([expect.closeTo((drift / z) ** 2, 10)]);
    expect(factor('correlation=0.6')).toEqual([expect.closeTo(0.64, 12)]);
    expect(factor('clusterSize=20&icc=0.05')).toEqual([designEffect({ clusterSize: 20, icc: 0.05 })]);
    const [anyTime = 0] = factor('design=always_valid');
    expect(anyTime).toBeGreaterThan(1.8);
    expect(anyTime).toBeLessThan(2.1);
  });

  it('share the error probability over primary comparisons', () => {
    expect(planOf('comparisons=4&rate=10&effect=5').plan.control).toBe(
      Math.ceil(proportionSampleSize(0.1, 0.105, { alpha: 0.0125 }).perArm),
    );
  });

  it('are split by the shares, and an uneven split costs 1 / (4 q (1 - q))', () => {
    const { plan } = planOf('controlShare=80&correlation=0.6');
    const [saved, lost] = costsOf(plan);
    expect((saved?.units ?? 0) / (-2 * 0.36 * plan.plainPerArm)).toBeCloseTo(1, 3);
    expect((lost?.units ?? 0) / ((2 * 0.64 * plan.plainPerArm * 0.36) / 0.64)).toBeCloseTo(1, 3);
    expect([costText(-1200.4, 1000), costText(1, null)]).toEqual(['saves 1\u202f200 units, 1.2 days', 'costs 1 unit']);
    expect(plan.control / plan.challenger).toBeCloseTo(4, 3);
    expect(plan.total / planOf('correlation=0.6').plan.total).toBeCloseTo(1 / (4 * 0.2 * 0.8), 4);
    const three = planOf('controlShare=40&challengers=3').plan;
    expect(three.control / three.challenger).toBeCloseTo(2, 3);
    expect(three.total).toBe(three.control + 3 * three.challenger);
  });

  it.each([
    '',
    'kind=mean',
    'kind=ratio',
    'question=not_worse',
    'design=group_sequential',
    'design=always_valid&effect=-3',
  ])('find just the planned effect with just the planned power (%s)', (query) => {
    const { input, plan } = planOf(query);
    const goal = input.question === 'difference' ? Math.abs(input.effect) : input.margin;
    expect(plan.detectableAt(plan.total)).toBeCloseTo(goal, 5);
    expect(plan.powerAt(goal)).toBeCloseTo(0.8, 4);
    expect(plan.detectableAt(plan.total * 4)).toBeLessThan(goal * 0.55);
  });

  it('say what fewer units would do', () => {
    const { input, plan } = planOf('available=9000');
    expect(plan.achieved?.power).toBeLessThan(0.15);
    expect(plan.achieved?.exaggeration).toBeGreaterThan(2);
    expect(planWarnings(input, plan).join()).toContain('overstates the effect');
    expect(planWarnings(planOf('available=200000').input, planOf('available=200000').plan)).toEqual([]);
  });

  it('become days by the units per day', () => {
    const { input, plan } = planOf('perDay=5000');
    expect(plan.days).toBeCloseTo(plan.total / 5000, 10);
    expect(plannedSentence(input, plan)).toContain('the window of the metric comes on top');
    const curve = effortCurve(plan, input, 5000);
    expect(curve.at(0)?.x).toBeCloseTo(2.5, 10);
    expect(curve.some(({ x, y }) => x === 5 && Math.abs(y - (plan.days ?? 0)) < 0.01)).toBe(true);
    expect(effortCurve(plan, input, null).at(-1)?.y).toBeCloseTo(plan.unitsFor(0.1) ?? 0, 6);
    expect(powerCurve(plan, input).at(0)?.y).toBeCloseTo(5, 6);
  });
});

describe('fields of the planner', () => {
  it('take numbers as people type them', () => {
    expect(['12,5', ' 120 000', '\u22123', '1e3', '', 'ten', '1.2.3', '--1'].map(parseNumber)).toEqual([
      12.5,
      120_000,
      -3,
      1000,
      null,
      null,
      null,
      null,
    ]);
  });

  it.each([
    ['rate=100', 'rate'],
    ['rate=', 'rate'],
    ['effect=0', 'effect'],
    ['power=100', 'power'],
    ['level=abc', 'level'],
    ['challengers=1.5', 'challengers'],
    ['correlation=1', 'correlation'],
    ['clusterSize=0', 'clusterSize'],
    ['design=group_sequential&looks=1', 'looks'],
    ['perDay=-1', 'perDay'],
    ['kind=mean&deviation=0', 'deviation'],
  ] as const)('%s is refused at its field, in words', (query, field) => {
    const { input, problems } = formOf(query);
    expect(input).toBeNull();
    expect(Object.keys(problems)).toEqual([field]);
    expect(problems[field]).toMatch(/^Enter .+\.$/);
  });

  it('do not check what is not asked', () => {
    expect(formOf('kind=mean&rate=300&looks=x').problems).toEqual({});
    expect(formOf('kind=nonsense').input?.kind).toBe('proportion');
  });

  it('name the field where two numbers do not fit together', () => {
    const { input } = formOf('rate=90&effect=50');
    expect(input && planUnits(input)).toMatchObject({ status: 'problem', field: 'effect' });
    const far = formOf('rate=90&effect=-100').input;
    expect(far && planUnits(far)).toMatchObject({ status: 'problem', field: 'effect' });
    const weak = formOf('power=10&level=60').input;
    expect(weak && planUnits(weak)).toMatchObject({ status: 'problem', field: 'power' });
  });

  it('answer sizes that no experiment has with a sentence, and never throw', () => {
    const { input } = formOf('kind=mean&mean=0.000001&deviation=1000000&effect=0.01');
    expect(input && planUnits(input)).toMatchObject({ status: 'problem' });
  });
});

describe('the plan as JSON', () => {
  it.each([
    '',
    'design=group_sequential&looks=4',
    'design=always_valid&correlation=0.5',
    'question=not_worse&level=90',
  ])('is a plan that the API takes (%s)', (query) => {
    const { input, plan } = planOf(query);
    const parsed = chosenPlan.parse(planContract.parse(planJson(input, plan.total)));
    expect(parsed).toMatchObject({ design: input.design, units: plan.total, level: input.level });
    if (input.design === 'group_sequential') expect(parsed.looks).toBe(4);
    if (input.design === 'always_valid')
      expect(parsed).toMatchObject({ minimumEffect: 0.05, covariates: { days: 14 } });
  });
});

describe('numbers from a metric’s history', () => {
  const phase = {
    experiment: 'a',
    experimentName: 'First',
    position: 0,
    startedAt: '2026-11-01T00:00:00Z',
    endedAt: null,
    units: 90_000,
    value: 0.10132,
    standardDeviation: 0.3017,
    unitsPerDay: 14_321.4,
    varianceReduction: 0.36,
  };
  const history = { metric: 'm', windowSeconds: 86_400, phases: [phase], effects: [], prior: null };

  it('fill the fields that the latest phase knows', () => {
    expect(fieldsFromHistory({ kind: 'proportion' }, history)).toEqual({
      kind: 'proportion',
      rate: '10.13',
      perDay: '14320',
      correlation: '0.6',
    });
    expect(fieldsFromHistory({ kind: 'mean' }, { ...history, phases: [] })).toEqual({ kind: 'mean' });
    expect(fieldsFromHistory({ kind: 'retention' }, history)).toEqual(
      fieldsFromHistory({ kind: 'proportion' }, history),
    );
    expect(fieldsFromHistory({ kind: 'count' }, history)).toEqual(fieldsFromHistory({ kind: 'mean' }, history));
    expect(formOf(new URLSearchParams(fieldsFromHistory({ kind: 'proportion' }, history)).toString()).problems).toEqual(
      {},
    );
    expect([1234.5, 1e-9, -0.00001234].map(typed)).toEqual(['1235', '0.000000001', '-0.00001234']);
  });

  it('say where they are from', () => {
    const sentence = historySentence(
      { kind: 'proportion' },
      { ...history, prior: { mean: 0.01, standardDeviation: 0.02, experiments: 12 } },
    );
    expect(sentence).toContain('“First”');
    expect(sentence).toContain('12 experiments');
    expect(historySentence({ kind: 'mean' }, { ...history, phases: [] })).toContain('enter the numbers yourself');
  });
});

describe('interleaving', () => {
  const texts = (changes: Record<string, string> = {}) => readInterleaving(new URLSearchParams(changes));

  it('needs the impressions that the sensitivity of stats says', () => {
    const { value } = sensitivityOf(texts());
    const model = { click: (item: string) => (item === 'd' ? 0.12 : 0.08), stop: () => 0.3 };
    const expected = interleavingSensitivity(['a', 'b', 'c', 'd', 'e'], ['a', 'd', 'b', 'c', 'e'], 3, model);
    expect(value?.impressions).toBe(expected.impressions);
    expect(value?.impressions).toBeGreaterThan(100);
    expect(value?.reciprocalRank.timesTeamDraft).toBe(expected.reciprocalRank.timesTeamDraft);
  });

  it('needs more impressions the more of them are ties', () => {
    const { value } = impressionsForWins(texts({ wins: '55', ties: '50' }));
    expect(value).toEqual({
      decided: Math.ceil(signTestSampleSize(0.55)),
      impressions: Math.ceil(signTestSampleSize(0.55) * 2),
    });
  });

  it.each([
    [{ old: 'a' }, 'old'],
    [{ new: 'a, b, c, d, x' }, 'new'],
    [{ old: 'a, a, b, c, d' }, 'old'],
    [{ good: 'z' }, 'good'],
    [{ click: '120' }, 'click'],
    [{ shown: '2.5' }, 'shown'],
    [{ stop: 'often' }, 'stop'],
  ] as const)('refuses %o at its field', (changes, field) => {
    const { value, problems } = sensitivityOf(texts(changes));
    expect(value).toBeNull();
    expect(problems).toHaveProperty(field);
  });

  it('refuses a preference of one half', () => {
    expect(impressionsForWins(texts({ wins: '50' })).problems).toHaveProperty('wins');
  });
});

it('brings less than 60 kB of statistics into the browser', async () => {
  const { outputFiles } = await build({
    entryPoints: ['plan-units.ts', 'interleaving-plan.ts'].map((name) => fromRoot('web', 'planner', name)),
    bundle: true,
    minify: true,
    format: 'esm',
    splitting: true,
    outdir: 'not-written',
    write: false,
  });
  const size = outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0);
  expect(size).toBeLessThan(60_000);
  expect(size).toBeGreaterThan(10_000);
});
