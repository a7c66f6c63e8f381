import { peekingCost } from '../../server/analysis/compare/peeking-cost.ts';
import { type Moments, momentsOf, variance, zMeanDifference } from '../../stats/index.ts';
import { atLeast, atMost, type Check, equal, exactly, type Line, share } from './check.ts';
import type { RandomStream } from './random-stream.ts';
import { normalUnits, type SimulatedMetric, simulateExperiment } from './simulated-experiment.ts';

const UNITS = 500;
const HOLM = 'closed form; Holm 1979';

function metrics(count: number, role: SimulatedMetric['role']): SimulatedMetric[] {
  return Array.from({ length: count }, () => ({ kind: 'mean', role }));
}

const manyMetrics: Check = {
  name: 'report-many-metrics',
  world:
    'No effect on any of ten primary and ten secondary metrics, all independent, one look of fixed length, report.',
  runs: { quick: 200, full: 5000 },
  measure: (random, runs): Line[] => {
    const all = [...metrics(10, 'primary'), ...metrics(10, 'secondary')];
    const hits = { plain: 0, holm: 0, bh: 0 };
    for (let run = 0; run < runs; run++) {
      const experiment = simulateExperiment(all, { design: 'fixed', units: 2 * UNITS });
      all.forEach((_, metric) => {
        for (const arm of [0, 1]) experiment.add(metric, arm, normalUnits(random, UNITS, 10));
      });
      const looks = experiment.look() ?? [];
      const primary = looks.filter(({ role }) => role === 'primary').map(({ comparison }) => comparison);
      const secondary = looks.filter(({ role }) => role === 'secondary').map(({ comparison }) => comparison);
      if (primary.some(({ pValue }) => (pValue ?? 1) < 0.05)) hits.plain += 1;
      if (primary.some(({ significant }) => significant)) hits.holm += 1;
      if (secondary.some(({ significant }) => significant)) hits.bh += 1;
    }
    return [
      share('any primary concluded (Holm)', hits.holm, runs, equal(0.048889869534228136, HOLM)),
      // with no effect anywhere every discovery is false, so that the share of false ones is 1 or 0
      share('any secondary concluded (Benjamini–Hochberg)', hits.bh, runs, equal(0.05, 'Benjamini and Hochberg 1995')),
      share('beside: any of ten without correction', hits.plain, runs, equal(0.4012630607616213, 'closed form')),
    ];
  },
};

const falseDiscoveries: Check = {
  name: 'report-false-discoveries',
  world:
    'An effect of three standard errors on five of ten secondary metrics, none on the others, one look, report: the mean share of false ones among those concluded. And the same effects on primary metrics: how often any false one is concluded.',
  runs: { quick: 200, full: 5000 },
  measure: (random, runs) => {
    const all = [...metrics(10, 'primary'), ...metrics(10, 'secondary')];
    const effect = 3 * Math.sqrt(2 / UNITS);
    let [falseShare, squares, anyFalse] = [0, 0, 0];
    for (let run = 0; run < runs; run++) {
      const experiment = simulateExperiment(all, { design: 'fixed', units: 2 * UNITS });
      all.forEach((_, metric) => {
        for (const arm of [0, 1]) {
          experiment.add(metric, arm, normalUnits(random, UNITS, 10 + (metric % 2) * arm * effect));
        }
      });
      const found = (experiment.look() ?? []).filter(({ comparison }) => comparison.significant);
      const wrong = found.filter(({ metricId }) => metricId % 2 === 1);
      const secondary = found.filter(({ role }) => role === 'secondary').length;
      const share = wrong.filter(({ role }) => role === 'secondary').length / Math.max(1, secondary);
      falseShare += share;
      squares += share * share;
      if (wrong.some(({ role }) => role === 'primary')) anyFalse += 1;
    }
    const mean = falseShare / runs;
    const standardError = Math.sqrt((squares / runs - mean * mean) / runs);
    const half = 'α × share without effect; Benjamini and Hochberg 1995';
    return [
      { label: 'false among secondary ones concluded', observed: mean, standardError, target: equal(0.025, half) },
      share('any false primary (Holm)', anyFalse, runs, atMost(0.05, 'Holm 1979')),
    ];
  },
};

const severalVariants: Check = {
  name: 'report-several-variants',
  world: 'No effect, four challengers of one champion, one primary metric, one look, report: any of them concluded.',
  runs: { quick: 200, full: 5000 },
  measure: (random, runs) =>
    (['holm', 'dunnett'] as const).map((correction) => {
      let hits = 0;
      for (let run = 0; run < runs; run++) {
        const experiment = simulateExperiment(
          metrics(1, 'primary'),
          { design: 'fixed', units: 5 * UNITS, correction },
          4,
        );
        for (const arm of [0, 1, 2, 3, 4]) experiment.add(0, arm, normalUnits(random, UNITS, 10));
        if (experiment.look()?.some(({ comparison }) => comparison.significant)) hits += 1;
      }
      const exact = correction === 'dunnett';
      return share(correction, hits, runs, exact ? equal(0.05, 'Dunnett 1955') : atMost(0.05, 'Holm 1979'));
    }),
};

const likelyBetter: Check = {
  name: 'report-peeking-cost',
  world:
    'What the report states as the cost of a rule "95 % likely better" after so many equal looks, flat prior. By integration.',
  runs: { quick: 1, full: 1 },
  measure: () =>
    [
      [1, 0.1, 1e-9],
      [14, 0.3816095451784155, 1e-6],
      [28, 0.461, 5e-4],
    ].map(([looks = 0, value = 0, rounding = 0]) => {
      const information = Array.from({ length: looks }, (_, k) => k + 1);
      return exactly(`${looks} looks`, peekingCost(information, 0) ?? 0, equal(value, 'recursion', { rounding }));
    }),
};

function lognormalUnits(random: RandomStream, n: number): Moments {
  return momentsOf(Array.from({ length: n }, () => Math.exp(1.5 * random.normal())));
}

function summary(moments: Moments): { n: number; mean: number; variance: number } {
  return { n: moments.n, mean: moments.mean, variance: variance(moments) ?? 0 };
}

const skewed: Check = {
  name: 'report-skewed-canary',
  world:
    'No effect on a very skewed metric (lognormal, σ 1.5), 100 units against 10 000, report: a test of means at 5 % rejects three times too often, so the comparison must carry a warning.',
  runs: { quick: 300, full: 5000 },
  measure: (random, runs) => {
    let [rejected, warned] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const [control, arm] = [lognormalUnits(random, 10_000), lognormalUnits(random, 100)];
      const experiment = simulateExperiment(metrics(1, 'primary'), { design: 'fixed', units: 10_100 });
      experiment.add(0, 0, control);
      experiment.add(0, 1, arm);
      const warnings = experiment.look()?.[0]?.comparison.warnings ?? [];
      if (warnings.some((each) => each.includes('very large values'))) warned += 1;
      const test = zMeanDifference(summary(control), summary(arm));
      if (test.status === 'ok' && test.p < 0.05) rejected += 1;
    }
    const known = equal(0.149, 'simulated with numpy', { standardError: 0.003 });
    return [
      share('warned', warned, runs, atLeast(0.99, 'must be flagged')),
      share('beside: z-test without heed', rejected, runs, known),
    ];
  },
};

export const reportFamilyChecks: Check[] = [manyMetrics, falseDiscoveries, severalVariants, skewed, likelyBetter];
