import { describe, expect, it } from 'vitest';
import { savedSentence, withoutCovariates } from '../../web/parts/without-covariates.ts';
import { sampleComparison, sampleMetric } from './report-samples.ts';

const value = (variant: string, mean: number) => ({
  ...{ variant, matureUnits: 400, openUnits: 0, value: mean, standardError: 0.5 },
  ...{ interval: null, soFar: null, probabilityBest: null },
});
const adjusted = sampleMetric({
  name: 'Spend',
  variants: [value('old', 10), value('new', 12)],
  comparisons: [
    sampleComparison({
      difference: { estimate: 1.5, standardError: 0.2, interval: { lower: 1.1, upper: 1.9 }, method: 'Lin, HC2' },
      relative: { estimate: 0.15, set: { shape: 'bounded', lower: 0.11, upper: 0.19 }, method: 'Fieller' },
      significant: true,
      pValue: 0.001,
      adjustment: {
        ...{ method: 'Lin', covariates: ['budget'], varianceReduction: 0.34, missingShare: 0 },
        ...{ unadjusted: { estimate: 2, standardError: 0.7 }, computedAt: '2026-11-12T14:00:00Z' },
      },
    }),
  ],
});

describe('numbers without an adjustment', () => {
  it('are those of the report, and conclude nothing', () => {
    const [plain] = withoutCovariates(adjusted).comparisons;
    expect(plain).toMatchObject({ significant: null, pValue: null, difference: { estimate: 2, standardError: 0.7 } });
    expect(plain?.difference?.interval?.lower).toBeCloseTo(2 - 1.96 * 0.7, 3);
    expect(plain?.relative?.estimate).toBeCloseTo(0.2);
    const { set } = plain?.relative ?? {};
    expect(set?.shape === 'bounded' && set.lower < 0.15 && (set.upper ?? 0) > 0.25).toBe(true);
  });

  it('leave metrics alone that were not adjusted', () => {
    const metric = sampleMetric({ comparisons: [sampleComparison()] });
    expect(withoutCovariates(metric)).toBe(metric);
  });

  it('are told with what the adjustment saves, or costs', () => {
    const words = (share: number) => {
      const [comparison] = adjusted.comparisons;
      if (!comparison?.adjustment) throw new Error('it is adjusted');
      const changed = { ...comparison, adjustment: { ...comparison.adjustment, varianceReduction: share } };
      return savedSentence([{ ...adjusted, comparisons: [changed] }])?.replaceAll('\u202f', ' ');
    };
    expect(words(0.34)).toBe(
      'Adjusting for budget saved 34 % of the variance of “Spend”: the same precision with 34 % fewer units.',
    );
    expect(words(-0.02)).toContain('added 2.0 % to the variance of “Spend”');
    expect(savedSentence([sampleMetric()])).toBeNull();
  });
});
