import { describe, expect, it } from 'vitest';
import {
  adjustP,
  brunnerMunzel,
  coMomentsOf,
  cupedDifference,
  dunnettCriticalValue,
  dunnettP,
  linDifference,
  mannWhitney,
  meanDifference,
  meanSummary,
  momentsOf,
  offPolicyValue,
  proportionDifference,
  sampleRatioTest,
  skewness,
  waldDifference,
  winsorise,
} from '../../stats/index.ts';
import { isThere, readCsv } from './read-csv.ts';

type Row = Record<string, string>;

const column = (rows: readonly Row[], name: string): number[] => rows.map((row) => Number(row[name]));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The answer, where the test expects one. */
function ok<T extends { status: string }>(answer: T): Extract<T, { status: 'ok' }> {
  expect(answer.status).toBe('ok');
  return answer as Extract<T, { status: 'ok' }>;
}

/** Equal to a printed number, to its printed digits. */
function printed(value: number, text: string): void {
  expect(value.toFixed(text.split('.')[1]?.length ?? 0)).toBe(text);
}

describe.skipIf(!isThere('rct-gotv'))('social pressure and turnout, four arms', () => {
  const rows = isThere('rct-gotv') ? readCsv('rct-gotv/social.csv.gz') : [];
  const arms = ['Control', 'Civic Duty', 'Hawthorne', 'Neighbors'].map((name) =>
    rows.filter((row) => row.messages === name),
  );
  const voted = arms.map((arm) => ({ x: sum(column(arm, 'primary2006')), n: arm.length }));
  const [control, ...others] = voted;

  it('gives the published rates, and no mismatch of the 5:1:1:1 split', () => {
    expect(voted.map(({ n }) => n)).toEqual([191243, 38218, 38204, 38201]);
    expect(voted.map(({ x, n }) => (100 * (x / n)).toFixed(2))).toEqual(['29.66', '31.45', '32.24', '37.79']);
    const { chiSquare, degreesOfFreedom } = ok(sampleRatioTest(column(voted as never, 'n'), [5, 1, 1, 1]));
    printed(chiSquare, '0.086');
    expect(degreesOfFreedom).toBe(3);
  });

  it.each([
    ['Civic Duty', 1, '0.01790', '0.00259', '6.90', '0.01803', '0.00256', '2.5'],
    ['Hawthorne', 2, '0.02574', '0.00261', '9.86', '0.02530', '0.00258', '2.6'],
    ['Neighbors', 3, '0.08131', '0.00269', '30.21', '0.08034', '0.00265', '3.0'],
  ])('%s: difference, error, z, and CUPED on the vote before', (_, arm, difference, error, z, adjusted, less, cut) => {
    const wald = ok(waldDifference(control!, voted[arm]!));
    printed(wald.estimate, difference);
    printed(wald.standardError, error);
    printed(wald.z, z);
    const [before, after] = [arms[0]!, arms[arm]!].map((rows) =>
      coMomentsOf([column(rows, 'primary2006'), column(rows, 'primary2004')]),
    );
    const cuped = ok(cupedDifference(before!, after!));
    printed(cuped.estimate, adjusted);
    printed(cuped.standardError, less);
    printed(100 * (1 - cuped.varianceRatio!), cut);
  });

  it('stays significant for every arm under Holm and Dunnett, with p far below what 1 - cdf can show', () => {
    const tests = others.map((arm) => ok(proportionDifference(control!, arm)));
    expect(adjustP(column(tests as never, 'p'), 'holm').every((p) => p < 1e-11)).toBe(true);
    expect(tests[2]!.log10P).toBeLessThan(-200);
    const design = { controlUnits: control!.n, treatmentUnits: others.map(({ n }) => n) };
    const { critical, bonferroni } = dunnettCriticalValue(design, 0.05);
    printed(critical, '2.3840');
    printed(bonferroni, '2.3940');
    expect(tests.every(({ z }) => z > critical)).toBe(true);
    expect(dunnettP(column(tests as never, 'z'), design).every((p) => p < 1e-10)).toBe(true);
  });
});

describe.skipIf(!isThere('rct-nsw'))('job training and earnings', () => {
  const rows = isThere('rct-nsw') ? readCsv('rct-nsw/nsw.csv.gz') : [];
  const [control, treated] = ['0', '1'].map((arm) => rows.filter((row) => row.treat === arm)) as [Row[], Row[]];
  const earned = [column(control, 're78'), column(treated, 're78')] as const;
  const units = (arm: Row[]) => ({
    outcome: column(arm, 're78'),
    covariates: [column(arm, 're74'), column(arm, 're75')],
  });

  it('gives the published Welch test', () => {
    const moments = earned.map((values) => meanSummary(momentsOf(values)));
    printed(moments[0]!.mean, '4554.80');
    printed(moments[1]!.mean, '6349.14');
    const test = ok(meanDifference(moments[0]!, moments[1]!));
    printed(test.estimate, '1794.34');
    printed(test.statistic, '2.674');
    printed(test.degreesOfFreedom, '307.13');
    printed(test.p, '0.007893');
    printed(test.standardError, '671.00');
    printed(test.interval.lower, '474.01');
    printed(test.interval.upper, '3114.67');
  });

  it('adjusts by both periods before as a regression in numpy does', () => {
    const [a, b] = [units(control), units(treated)];
    const cuped = ok(
      cupedDifference(coMomentsOf([a.outcome, ...a.covariates]), coMomentsOf([b.outcome, ...b.covariates])),
    );
    expect(cuped.theta).toEqual([expect.closeTo(0.07296831, 8), expect.closeTo(0.08514179, 8)]);
    expect(cuped.estimate).toBeCloseTo(1772.6030555866546, 7);
    expect(cuped.standardError).toBeCloseTo(668.3342885992963, 7);
    printed(cuped.p, '0.0084');
    const lin = ok(linDifference(a, b));
    expect(lin.estimate).toBeCloseTo(1772.0867916079692, 7);
    expect(lin.regressionErrors.HC2).toBeCloseTo(680.6499600924068, 7);
    // the error of the covariates' mean comes on top
    printed(lin.standardError, '680.70');
    printed(lin.p, '0.0095');
    // two periods of earnings say little about those two years later
    expect(cuped.varianceRatio!).toBeGreaterThan(0.99);
  });

  it('sees the skewness, and finds the effect by ranks and with capped values too', () => {
    expect(skewness(momentsOf(earned[0]))).toBeCloseTo(1.8187157060262231, 10);
    expect(skewness(momentsOf(earned[1]))).toBeCloseTo(2.7206360113401953, 10);
    expect(ok(mannWhitney(...earned)).normal.p).toBeCloseTo(0.010934754579847423, 12);
    const { superiority, p } = ok(brunnerMunzel(...earned));
    expect(p).toBeCloseTo(0.01071972495995003, 12);
    printed(superiority, '0.57');
    const { limits, arms } = winsorise(earned, { upper: 0.95 });
    expect(limits.cap).toBe(16984.53359375);
    expect(arms.map(({ capped, moments }) => Math.round(capped * moments.n))).toEqual([7, 16]);
    const capped = ok(meanDifference(meanSummary(arms[0]!.moments), meanSummary(arms[1]!.moments)));
    printed(capped.estimate, '1235.52');
    printed(capped.standardError, '510.24');
    expect(capped.p).toBeCloseTo(0.01594285741742579, 12);
  });
});

describe.skipIf(!isThere('bandit-obd'))('a log of a bandit, judged for another policy', () => {
  const read = (name: string): Row[] => (isThere('bandit-obd') ? readCsv(`bandit-obd/${name}.csv.gz`) : []);
  const clickRate = (rows: readonly Row[]): number => sum(column(rows, 'click')) / rows.length;
  const uniform = (rows: readonly Row[], items: number) => {
    const target = Array<number>(items).fill(1 / items);
    return rows.map((row) => ({
      action: Number(row.item_id),
      reward: Number(row.click),
      propensity: Number(row.propensity_score),
      target,
    }));
  };
  const men = read('bts_men');
  const women = read('bts_women');
  const random = { men: read('random_men'), women: read('random_women') };

  it('gives the click rates and the propensities of the uniform policy', () => {
    expect([men, random.men, women, random.women].map(clickRate)).toEqual([0.0069, 0.0046, 0.0046, 0.0046]);
    expect(new Set(column(random.men, 'propensity_score'))).toEqual(new Set([1 / 34]));
    expect(new Set(column(random.women, 'propensity_score'))).toEqual(new Set([1 / 46]));
  });

  it('men: inverse propensities and their self-normalised form agree with what the uniform policy really earned', () => {
    const value = ok(offPolicyValue(uniform(men, 34)));
    printed(value.ips.estimate, '0.00301');
    printed(value.ips.standardError!, '0.00077');
    printed(value.snips.estimate, '0.00319');
    printed(value.meanWeight, '0.943');
    printed(value.effectiveUnits, '656');
    const onPolicy = ok(offPolicyValue(uniform(random.men, 34)));
    expect(onPolicy.ips.estimate).toBeCloseTo(0.0046, 12);
    expect(value.ips.interval!.upper).toBeGreaterThan(onPolicy.ips.interval!.lower);
  });

  it('women: an effective sample of two decisions is refused, and says why', () => {
    const value = offPolicyValue(uniform(women, 46));
    expect(value).toMatchObject({ status: 'insufficient', missing: '100 effective units, found 2.1' });
    const forced = ok(offPolicyValue(uniform(women, 46), { minEffectiveUnits: 0 }));
    printed(forced.ips.estimate, '0.00744');
    printed(forced.ips.standardError!, '0.00412');
    printed(forced.snips.estimate, '0.00237');
    printed(forced.meanWeight, '3.13');
  });
});
