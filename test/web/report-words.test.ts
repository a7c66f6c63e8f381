import { describe, expect, it } from 'vitest';
import type { Report } from '../../server/contract/report-contract.ts';
import { segmentTable } from '../../web/charts/chart-tables.ts';
import { lookSeries } from '../../web/charts/look-series.ts';
import { segmentDomain, segmentRows } from '../../web/charts/segment-rows.ts';
import { differenceText, intervalText, marginText, metricValue } from '../../web/metric-numbers.ts';
import { comparisonFacts } from '../../web/parts/comparison-facts.ts';
import { designText, lastLookText, metricText, planFacts } from '../../web/parts/design-words.ts';
import { lookPlan } from '../../web/parts/look-plan.ts';
import { capText, kindName } from '../../web/parts/metric-catalogue-words.ts';
import {
  definition,
  lookText,
  marginAnswerText,
  significanceText,
  varianceText,
} from '../../web/parts/metric-words.ts';
import { sampleComparison, sampleMetric, samplePhase } from './report-samples.ts';

/** The page uses a narrow no-break space and a real minus; the expectations are readable with plain ones. */
const shown = (text: string | null) => (text ?? '').replaceAll('\u202f', ' ').replaceAll('\u2212', '-');

const at = '2026-11-12T14:00:00Z';
const look = {
  number: 3,
  at,
  planned: 5,
  rule: 'group_sequential' as const,
  spendingTime: 0.6,
  criticalZ: 2.669,
  alphaSpent: 0.0076,
  logEValue: null,
};

describe('numbers of each kind of metric', () => {
  const difference = { estimate: 0.032, interval: { lower: 0.01, upper: 0.054 } };

  it('shows what a rank metric compares: the chance to be larger', () => {
    expect(shown(differenceText('rank', difference))).toBe('53.2 % (51.0 to 55.4)');
    expect(metricValue('rank', 1.25, 0.01)).toBe('1.250');
  });

  it('shows ratios and quantiles in their own unit', () => {
    expect(differenceText('ratio', difference)).toBe('+0.032 (0.010 to 0.054)');
    expect(differenceText('quantile', { estimate: 6.1, interval: { lower: -4.8, upper: 17 } })).toBe(
      '+6 (\u22125 to 17)',
    );
  });

  it('says that anything is possible where there is no interval yet', () => {
    expect(shown(differenceText('proportion', { estimate: 0.0072, interval: null }))).toBe(
      '+0.720 pp (anything is still possible)',
    );
    expect(shown(differenceText('rank', { estimate: 0.1, interval: null }))).toContain('anything is still possible');
  });

  it('shows margins with their unit', () => {
    expect(shown(marginText('mean', { relative: 0.05 }))).toBe('5 %');
    expect(shown(marginText('proportion', { absolute: 0.005 }))).toBe('0.50 pp');
    expect(shown(marginText('retention', { absolute: 0.005 }))).toBe('0.50 pp');
    expect(shown(intervalText('proportion', { lower: -0.01, upper: 0.02 }))).toBe('-1.0 to 2.0 pp');
  });
});

describe('what a metric measures', () => {
  it.each([
    [{ kind: 'proportion' as const }, 'Share of units with “click” within 1 day of first exposure; higher is better.'],
    [
      { kind: 'ratio' as const, denominator: 'click', denominatorAggregate: 'count' as const },
      'All units’ sum of “click” divided by their number of “click” within',
    ],
    [
      { kind: 'retention' as const, outcome: 'session', fromSeconds: 6 * 86_400, windowSeconds: 7 * 86_400 },
      'Share of units that came back, with “session” between 6 days and 7 days after first exposure; higher is better.',
    ],
    [{ kind: 'count' as const, aggregate: 'count' as const }, 'Mean number per unit of “click” within 1 day of'],
    [{ kind: 'quantile' as const, quantile: 0.95 }, 'p95 of the single values of “click” within'],
    [{ kind: 'quantile' as const, quantile: 0.5 }, 'Median of the single values'],
    [{ kind: 'rank' as const, aggregate: 'count' as const }, 'larger number of “click”, within'],
  ])('%o', (over, words) => {
    expect(definition(sampleMetric(over))).toContain(words);
  });
});

describe('the catalogue of metrics', () => {
  it('names kinds and says how values are clipped', () => {
    expect([kindName({ kind: 'proportion', quantile: null }), kindName({ kind: 'quantile', quantile: 0.95 })]).toEqual([
      'rate',
      'p95',
    ]);
    expect(shown(capText({ cap: { lower: null, upper: null, quantile: 0.99 } }))).toBe(
      'A unit’s value is clipped at the 99 % quantile of all units.',
    );
    expect(capText({ cap: { lower: 0, upper: 500, quantile: null } })).toContain('at least 0 and at most 500');
    expect(capText({ cap: null })).toBeNull();
  });
});

describe('looks in words', () => {
  it('are numbered by the plan', () => {
    expect(lookText(sampleComparison({ status: 'look', look, lookAt: at }))).toBe('look 3 of 5, 12 Nov 2026');
    expect(lookText(sampleComparison({ status: 'look', look: { ...look, planned: null } }))).toBe('look 3');
    expect(lookText(sampleComparison({ look: { ...look, number: 7 } }))).toBe('look 7, after the planned 5');
    expect(lookText(sampleComparison({ look: { ...look, number: 1, planned: 1 } }))).toBeNull();
    expect(lookText(sampleComparison({ status: 'live', look }))).toBeNull();
  });

  it('answer a margin only when they were taken', () => {
    const margin = { margin: { relative: 0.05 }, pValue: 0.01, equivalent: null, limit: null };
    expect(shown(marginAnswerText('mean', { ...margin, nonInferior: true }))).toBe('worse by less than 5 %: shown');
    expect(shown(marginAnswerText('mean', { ...margin, nonInferior: false }))).toBe(
      'worse by less than 5 %: not shown',
    );
    expect(shown(marginAnswerText('mean', { ...margin, nonInferior: null }))).toContain('answered at a look');
    expect(marginAnswerText('mean', null)).toBeNull();
  });

  it('leave what is corrected at the last look open until then', () => {
    expect(significanceText(sampleComparison({ status: 'look', pValue: 0.01 }), 0.95)).toBe('decided at the last look');
    expect(significanceText(sampleComparison({ status: 'final', pValue: 0.01 }), 0.95)).toBeNull();
    expect(shown(significanceText(sampleComparison({ significant: false }), 0.95))).toBe('not significant at 95 %');
  });

  it('say what an adjustment did to the variance, also when it did harm', () => {
    const adjustment = {
      method: 'Lin',
      covariates: ['before'],
      varianceReduction: 0.342,
      unadjusted: { estimate: 1, standardError: 0.5 },
      missingShare: 0.1,
      computedAt: at,
    };
    expect(shown(varianceText(sampleComparison({ adjustment })))).toBe('adjusted, variance -34 %');
    expect(shown(varianceText(sampleComparison({ adjustment: { ...adjustment, varianceReduction: -0.012 } })))).toBe(
      'adjusted, variance +1.2 %',
    );
  });
});

describe('details of a comparison', () => {
  const titles = (over: Parameters<typeof sampleComparison>[0]) =>
    comparisonFacts(sampleMetric(), sampleComparison(over), 0.95).map(({ title }) => title);

  it('are nothing where there is nothing more to say', () => {
    expect(titles({})).toEqual([]);
    expect(titles({ status: 'live', look })).toEqual([]);
    expect(titles({ look: { ...look, rule: 'fixed' } })).toEqual([]);
  });

  it('end with the Bayesian view, which says that it does not decide', () => {
    const bayes = {
      prior: 'flat',
      probabilityBetter: 0.99996,
      expectedLoss: { ifShipped: 0.0001, ifKept: 0.05 },
      interval: { lower: 0.01, upper: 0.08 },
      peekingCost: 0.142,
    };
    const others = [{ method: 'Newcombe', pValue: null, interval: { lower: 1, upper: 2 } }];
    expect(titles({ bayes, others, look })).toEqual([
      'This look',
      'Other tests of the same comparison',
      'Bayesian view \u2014 does not decide',
    ]);
    const [block] = comparisonFacts(sampleMetric(), sampleComparison({ bayes }), 0.95);
    expect(shown(block?.note ?? '')).toContain('stopped 14.2 % of experiments');
    expect(block?.facts.map(([, text]) => shown(text))).toContain('above 99.9 %');
  });

  it('show the limit of a look, and say where there is none yet', () => {
    const limit = (criticalZ: number | null) =>
      comparisonFacts(sampleMetric(), sampleComparison({ look: { ...look, criticalZ } }), 0.95)
        .flatMap(({ facts }) => facts)
        .find(([name]) => name === 'Limit for z')?.[1];
    expect(shown(limit(2.669) ?? '')).toBe('2.67 (1.96 with one look at 95 %)');
    expect(limit(null)).toBe('none yet: nothing may be concluded');
  });
});

describe('the design in words', () => {
  it('names looks and tuning', () => {
    expect(designText(samplePhase({ design: 'group_sequential', looks: 5 }).plan)).toBe('5 looks, O’Brien–Fleming');
    expect(shown(designText(samplePhase({ design: 'always_valid', minimumEffect: 0.02 }).plan))).toBe(
      'always valid, tuned to an effect of 2.0 %',
    );
    expect(designText(samplePhase().plan)).toBe('one look');
  });

  it('says when the last look comes', () => {
    expect(lastLookText(samplePhase({ units: 500, durationSeconds: 86_400 }).plan, 'hash')).toBe(
      '500 mature units or 1 day after the start',
    );
    expect(lastLookText(samplePhase({ design: 'always_valid' }).plan, 'hash')).toContain('as units come');
    expect(lastLookText(samplePhase().plan, 'external')).toBe('when it is concluded');
  });

  it('shows margins beside their metrics and leaves out what was not declared', () => {
    const metric = { metric: 'm', name: 'Left', role: 'guardrail' as const, margin: { relative: 0.05 } };
    expect(shown(metricText(metric))).toBe('Left (guardrail, may be worse by less than 5 %)');
    expect(metricText({ ...metric, margin: null })).toBe('Left (guardrail)');
    const absolute = { ...metric, margin: { absolute: 0.005 } };
    expect(shown(metricText(absolute, 'proportion'))).toBe('Left (guardrail, may be worse by less than 0.50 pp)');
    expect(shown(metricText(absolute))).toBe('Left (guardrail, may be worse by less than 0.0050 in its own unit)');
    expect(planFacts(samplePhase(), []).map(([name]) => name)).not.toContain('Adjusted for');
    expect(
      planFacts(samplePhase({ covariates: { days: 14, attributes: ['score'] } }), []).map(([, text]) => text),
    ).toContain('the metric’s own outcomes of the 14 days before, score');
  });
});

type Progress = NonNullable<Report['progress']>;

describe('the progress of a plan', () => {
  const progress: Progress = {
    matureUnits: 1200,
    plannedUnits: 2000,
    plannedEndAt: null,
    share: 0.6,
    lookAt: at,
    looks: { taken: 3, planned: 5, final: false, nextUnits: 1600, nextAt: null },
    forecast: null,
  };
  const planOf = (
    over: Partial<Progress>,
    phase = samplePhase({ design: 'group_sequential', looks: 5, units: 2000 }),
  ) => lookPlan({ progress: { ...progress, ...over }, phase, metrics: [] } as unknown as Report);

  it('says which look was taken, when the next comes, and marks the looks on the bar', () => {
    const plan = planOf({});
    expect(plan).toMatchObject({ title: 'Look 3 of 5 was taken', share: 0.6 });
    expect(plan?.marks.map((mark) => Math.round(mark * 100))).toEqual([20, 40, 60, 80]);
    expect(shown(plan?.when ?? '')).toContain('The next look comes when 1 600 units are mature.');
  });

  it('says of an always-valid plan that looks go on', () => {
    const plan = planOf(
      {
        plannedUnits: null,
        share: null,
        looks: { taken: 7, planned: null, final: false, nextUnits: 1260, nextAt: null },
      },
      samplePhase({ design: 'always_valid', looks: null, minimumEffect: 0.02 }),
    );
    expect(plan?.title).toBe('Look 7 was taken');
    expect(plan?.when).toContain('Looks go on as units come');
    expect(plan?.marks).toEqual([]);
  });

  it('says that looks go on after the last planned one, and is silent after the end', () => {
    const after = planOf({ looks: { ...progress.looks, taken: 5, final: true } });
    expect(after?.title).toBe('All 5 planned looks were taken');
    expect(after?.when).toContain('Looks go on as units come');
    expect(planOf({ looks: { ...progress.looks, final: true } }, samplePhase({ design: 'fixed' }))).toBeNull();
    expect(planOf({}, samplePhase({ design: 'group_sequential', looks: 5 }, { state: 'ended' }))).toBeNull();
  });

  it('shows the forecast with its units', () => {
    const forecast = {
      metric: 'm',
      minimumDetectableEffect: 0.021,
      unitsNeeded: null,
      unitsLeft: 800,
      daysLeft: 5.43,
      conditionalPower: 0.87,
      sentence: 'About 5 days to go.',
    };
    const plan = planOf({ forecast });
    expect(plan?.forecast).toBe('About 5 days to go.');
    expect(plan?.outlook.map(([, text]) => shown(text))).toEqual(['2.1 %', '800', '5.4', '87 %']);
    const sure = planOf({ forecast: { ...forecast, unitsLeft: 0, daysLeft: 0, conditionalPower: 0.9999 } });
    expect(sure?.outlook.map(([, text]) => shown(text))).toEqual(['2.1 %', '0', 'above 99 %']);
  });
});

describe('the chart of looks', () => {
  const point = (number: number, lower: number | null, upper: number | null) => ({
    variant: 'new',
    number,
    at,
    units: 1000 * number,
    estimate: 0.01,
    interval: lower === null || upper === null ? null : { lower, upper },
    pValue: null,
  });

  it('is not flattened by the first looks, and marks what goes on beyond the edge', () => {
    const { marks, domain } = lookSeries(
      sampleMetric({ kind: 'proportion', looks: [point(1, null, null), point(2, -0.5, 0.5), point(3, -0.01, 0.03)] }),
      at,
    );
    expect(domain[1]).toBeLessThan(12);
    expect(marks.map(({ cutLow, cutHigh }) => cutLow && cutHigh)).toEqual([true, true, false]);
    expect(marks[2]).toMatchObject({ from: -1, to: 3, estimate: 1 });
    expect(shown(marks[0]?.sentence ?? '')).toContain('anything is still possible');
  });

  it('marks the first look that leaves zero, and keeps what waits apart', () => {
    const value = (variant: string, soFar: number) => ({
      ...{ variant, matureUnits: 100, openUnits: 40, value: 0.2, standardError: 0.01 },
      ...{ interval: null, soFar, probabilityBest: null },
    });
    const { marks, soFar } = lookSeries(
      sampleMetric({
        kind: 'proportion',
        variants: [value('old', 0.1), value('new', 0.16)],
        comparisons: [sampleComparison()],
        looks: [point(1, -0.02, 0.04), point(2, 0.001, 0.03), point(3, 0.004, 0.02)],
      }),
      at,
    );
    expect(marks.map(({ concludes }) => concludes)).toEqual([false, true, false]);
    expect(soFar).toHaveLength(1);
    expect(soFar[0]?.estimate).toBeCloseTo(6);
    expect(shown(soFar[0]?.sentence ?? '')).toBe('So far, 80 units that still wait, new: +6.00 pp. No test uses it.');
  });
});

describe('effects by segment', () => {
  const value = (name: string | null, estimate: number, standardError: number) => ({
    value: name,
    units: 500,
    estimate,
    standardError,
    shrunken: estimate / 2,
  });
  const segment = {
    attribute: 'country',
    metric: 'm',
    variant: 'new',
    values: [value('de', 0.02, 0.005), value(null, -0.01, 0.005)],
    heterogeneity: null,
    sentence: '',
  };

  it('names the rest, and tells estimate and shrunken estimate in the table', () => {
    const rows = segmentRows('proportion', segment);
    expect(rows.map(({ name }) => name)).toEqual(['de', 'all other']);
    expect(shown(rows[0]?.text ?? '')).toBe('+2.00 pp (1.02 to 2.98)');
    const { columns, rows: cells } = segmentTable('proportion', segment);
    expect(columns).toContain('Drawn towards the common effect, percentage points');
    expect(cells[0]?.slice(0, 3)).toEqual(['de', 500, 2]);
    expect(cells.map((row) => row.at(-1))).toEqual([1, -0.5]);
  });

  it('has an axis that holds zero and does not run away with one small segment', () => {
    const [low, high] = segmentDomain(
      segmentRows('proportion', {
        ...segment,
        values: [...segment.values, value('li', 0.01, 0.9), value('ch', 0.01, 0.005)],
      }),
    );
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(2.9);
    expect(high).toBeLessThan(10);
  });
});
