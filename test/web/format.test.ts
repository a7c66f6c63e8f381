import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyNumber,
  bucketName,
  count,
  counted,
  dateTime,
  dayOrHour,
  decimalsFor,
  duration,
  plain,
  signed,
  weightPercent,
  wholePercent,
  words,
} from '../../web/format.ts';
import { differenceText, liftText, metricValue, pText, standardErrorText } from '../../web/metric-numbers.ts';

/** The page uses a narrow no-break space; the expectations are readable with a plain one. */
const shown = (text: string) => text.replaceAll('\u202f', ' ').replaceAll('\u2212', '-');

describe('plain numbers', () => {
  it('groups thousands by a narrow no-break space', () => {
    expect(count(191243)).toBe('191\u202f243');
    expect(count(1204)).toBe('1\u202f204');
    expect(count(999)).toBe('999');
    expect(plain(1234567.891, 2)).toBe('1\u202f234\u202f567.89');
  });

  it('uses a real minus sign and never puts a sign before a zero', () => {
    expect(plain(-3.14, 1)).toBe('\u22123.1');
    expect(plain(-0.04, 1)).toBe('0.0');
    expect(signed(0.04, 1)).toBe('0.0');
    expect(signed(2.1, 1)).toBe('+2.1');
  });

  it('keeps every digit when the grouping is taken out again', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (n) => {
        expect(Number(count(n).replaceAll('\u202f', '').replace('\u2212', '-'))).toBe(n);
      }),
      { seed: 7 },
    );
  });

  it('counts one thing and several', () => {
    expect(counted(1, 'unit')).toBe('1 unit');
    expect(counted(0, 'unit')).toBe('0 units');
  });

  it('shows a spread with two significant digits', () => {
    expect([17, 1.7, 0.53, 0.053, 170].map(decimalsFor)).toEqual([0, 1, 2, 3, 0]);
    expect(decimalsFor(0)).toBe(2);
  });
});

describe('shares', () => {
  it('is 100 % only when all of it is reached, and 0 % only when nothing is', () => {
    expect([0, 0.0001, 0.424, 0.9999, 1].map((share) => shown(wholePercent(share)))).toEqual([
      '0 %',
      '1 %',
      '42 %',
      '99 %',
      '100 %',
    ]);
  });

  it('shows a weight with the digits it needs', () => {
    expect([0.5, 1 / 3, 0.125, 1, 0.95].map((weight) => shown(weightPercent(weight)))).toEqual([
      '50 %',
      '33.33 %',
      '12.5 %',
      '100 %',
      '95 %',
    ]);
  });
});

describe('values of metrics', () => {
  it('shows a rate in percent with the digits that its standard error supports', () => {
    expect(shown(metricValue('proportion', 0.29664, 0.00104))).toBe('29.66 %');
    expect(shown(metricValue('proportion', 0.2114, 0.02))).toBe('21.1 %');
    expect(shown(metricValue('proportion', 0.121, null))).toBe('12.1 %');
  });

  it('shows a mean without a unit, and a dash where there is none', () => {
    expect(metricValue('mean', 12.4312, 0.41)).toBe('12.43');
    expect(metricValue('mean', null, null)).toBe('–');
  });

  it('shows differences of rates in percentage points with their interval', () => {
    const difference = {
      estimate: 0.0813,
      standardError: 0.00269,
      interval: { lower: 0.07603, upper: 0.08657 },
      method: '',
    };
    expect(shown(differenceText('proportion', difference))).toBe('+8.13 pp (7.60 to 8.66)');
    expect(shown(standardErrorText('proportion', 0.00269))).toBe('0.269 pp');
    expect(
      shown(differenceText('mean', { ...difference, estimate: -0.323, interval: { lower: -1.487, upper: 0.841 } })),
    ).toBe('-0.3 (-1.5 to 0.8)');
  });
});

describe('relative lifts', () => {
  it('reads as in "+2.1 % (0.4 to 3.8)"', () => {
    expect(shown(liftText(0.021, { shape: 'bounded', lower: 0.004, upper: 0.038 }))).toBe('+2.1 % (0.4 to 3.8)');
    expect(shown(liftText(-0.083, { shape: 'bounded', lower: -0.34, upper: 0.27 }))).toBe('-8 % (-34 to 27)');
  });

  it('says sets without limits in words', () => {
    expect(shown(liftText(null, { shape: 'bounded', lower: -0.1, upper: null }))).toBe('not defined (-10 or more)');
    expect(shown(liftText(0.5, { shape: 'outside', below: -4.1, above: 1.9 }))).toBe('+50 % (below -410 or above 190)');
    expect(shown(liftText(0.5, { shape: 'unbounded' }))).toBe('+50 % (any value possible)');
  });
});

describe('p-values', () => {
  it('shows the digits that matter', () => {
    expect([0.9999, 0.5564, 0.0421, 0.003, 0.00042, 2.5e-7].map((p) => pText(p, Math.log10(p)))).toEqual([
      'p > 0.99',
      'p = 0.56',
      'p = 0.042',
      'p = 0.003',
      'p = 0.0004',
      'p = 2.5e-7',
    ]);
  });

  it('uses the logarithm where a double has become zero', () => {
    expect(pText(0, -412.3)).toBe('p < 1e-300');
    expect(pText(null, -20)).toBe('p = 1.0e-20');
    expect(pText(0, null)).toBe('p < 1e-300');
  });

  it('is a dash when there is no test', () => {
    expect(pText(null, null)).toBe('–');
  });
});

describe('times and names', () => {
  it('uses the largest unit that divides a span', () => {
    expect([86_400, 604_800, 129_600, 3600, 90, 0].map(duration)).toEqual([
      '1 day',
      '7 days',
      '36 hours',
      '1 hour',
      '90 seconds',
      '0 seconds',
    ]);
    expect([3600, 600, 86_400].map(bucketName)).toEqual(['hour', '10 minutes', 'day']);
  });

  it('shows instants in the zone asked for', () => {
    expect(dateTime('2026-11-22T23:30:00Z', { timeZone: 'Europe/Berlin' })).toBe('23 Nov 2026, 00:30');
    expect(dayOrHour(new Date('2026-11-22T23:00:00Z'), { timeZone: 'Europe/Berlin' })).toBe('23 Nov');
    expect(dayOrHour(new Date('2026-11-22T23:00:00Z'), { timeZone: 'UTC' })).toBe('23:00');
  });

  it('reads names of numbers as words and leaves variants as they are', () => {
    expect([words('expectedShare'), words('mixed_units'), words('civic-duty')]).toEqual([
      'expected share',
      'mixed units',
      'civic-duty',
    ]);
    expect([anyNumber(1500), anyNumber(0.01312), anyNumber(2.5e-9)].map(shown)).toEqual(['1 500', '0.0131', '2.5e-9']);
  });
});
