import { expect, it } from 'vitest';
import { type PastEffect, type PastEffects, priorOf } from '../../server/analysis/past-effects.ts';
import { relativeCovariance } from '../../server/analysis/relative-covariance.ts';
import type { ReportRows } from '../../server/analysis/report-store.ts';
import { surrogateOf } from '../../server/analysis/surrogate-of.ts';
import type { PhaseRow } from '../../server/experiments/experiment-store.ts';
import { metricOf, NO_ROWS } from './sample-arms.ts';

const metrics: PastEffects['metrics'] = [
  { id: 1, key: 'clicks', name: 'Click rate', direction: 'increase' },
  { id: 2, key: 'revenue', name: 'Revenue', direction: 'increase' },
];
const concludedAt = new Date('2026-01-01T00:00:00Z');

/** The business metric moves half as much as the proxy, with a small wobble. */
function past(experiments: number, sign = 1): PastEffects {
  const effects = Array.from({ length: experiments }, (_, k): PastEffect[] => {
    const proxy = ((k * 7) % 15) / 100 - 0.06;
    const one = { experiment: `e${k}`, concludedAt, standardError: 0.005, businessCovariance: null };
    return [
      { ...one, metricId: 1, estimate: proxy, businessCovariance: 1e-5 },
      { ...one, metricId: 2, estimate: sign * (proxy / 2 + (k % 2 ? 0.002 : -0.002)) },
    ];
  }).flat();
  return { effects, metrics };
}

const proxy = { id: 1, proxyForId: 2 };

it('says how well the proxy predicted, and how often both moved the same way', () => {
  const found = surrogateOf(past(14), proxy);
  expect(found).toMatchObject({ status: 'ok', business: 'revenue', businessName: 'Revenue', experiments: 14 });
  expect(found?.interval?.lower).toBeGreaterThan(0.8);
  expect(found?.sentence).toMatch(
    /^In 14 past experiments effects on "Click rate" predicted those on "Revenue": correlation .* \(0\.\d\d to 1\.00\)\. Both moved the same way, better or worse, in \d+ of 1[34]\.$/,
  );
  expect(surrogateOf(past(14, -1), proxy)?.sentence).toContain('It is no proxy.');
  const falling = {
    ...past(14, -1),
    metrics: metrics.map((each) => (each.id === 2 ? { ...each, direction: 'decrease' as const } : each)),
  };
  expect(surrogateOf(falling, proxy)?.correlation).toBeGreaterThan(0.8);
});

it('says that nothing is known below ten experiments, and is null for what is no proxy', () => {
  expect(surrogateOf(past(9), proxy)).toMatchObject({
    status: 'insufficient',
    sentence:
      'How well effects on "Click rate" predict those on "Revenue" is not known: 9 of at least 10 concluded experiments measured both.',
    correlation: null,
  });
  expect(surrogateOf(past(14), { id: 1, proxyForId: null })).toBeNull();
  expect(priorOf(past(9), 1)).toBeNull();
  expect(priorOf(past(14), 1)).toMatchObject({ mean: 0, experiments: 14 });
});

const phase = {
  split: [
    { variantId: 2, variant: 'new', weight: 0.5, control: false },
    { variantId: 1, variant: 'old', weight: 0.5, control: true },
  ],
} as PhaseRow;

it('takes the correlation of two relative effects from the sums of products', () => {
  const sums = (measureId: number, variantId: number, mean: number, variance: number) => ({
    measureId,
    variantId,
    mature: true,
    units: 101,
    sum: mean * 101,
    mean,
    m2: variance * 100,
    m3: 0,
    capped: 0,
  });
  const measures = [sums(1, 1, 2, 1), sums(1, 2, 3, 1), sums(2, 1, -4, 9), sums(2, 2, -5, 9)];
  const pair = (variantId: number, covariance: number) => ({
    measureA: 1,
    measureB: 2,
    variantId,
    units: 101,
    m11: covariance * 100,
  });
  const rows: ReportRows = { ...NO_ROWS, measures, pairs: [pair(1, 1.2), pair(2, 2.1)] };
  const [one, other] = [metricOf('mean'), metricOf('mean', { id: 2, measureId: 2 })];
  // By hand: (B - A)/|A| has slopes 1/|A| and -B/(A |A|).
  const cross = (2.1 + (3 / 2) * (5 / 4) * 1.2) / (2 * 4);
  const own = (1 + (3 / 2) ** 2) / 4;
  const theirs = (9 + (5 / 4) ** 2 * 9) / 16;
  const errors = { proxy: 0.1, business: 0.2 };
  const found = relativeCovariance(
    phase,
    rows,
    2,
    { metric: one, standardError: errors.proxy },
    { metric: other, standardError: errors.business },
  );
  expect(found).toBeCloseTo((cross / Math.sqrt(own * theirs)) * 0.1 * 0.2, 12);
  const same = { metric: one, standardError: 0.1 };
  expect(relativeCovariance(phase, rows, 2, same, same)).toBeCloseTo(0.01, 12);
  expect(relativeCovariance(phase, { ...rows, pairs: [] }, 2, same, { metric: other, standardError: 1 })).toBeNull();
  expect(relativeCovariance(phase, rows, 2, same, { metric: metricOf('rank'), standardError: 1 })).toBeNull();
});
