import {
  type Cluster,
  type CoMoments,
  clusterDifference,
  coMomentsOf,
  cupedDifference,
  linDifference,
  meanDifference,
  mergeMoments,
  momentsOf,
  NO_VALUES,
  type UnitRows,
} from '../../stats/index.ts';
import { average, type Check, equal, type Line, share, type Theme } from './check.ts';
import type { RandomStream } from './random-stream.ts';

const DENG = 'theory, 1 − ρ²; Deng et al. 2013';

/** Units whose covariate explains ρ² of the outcome. */
function pairedUnits(random: RandomStream, n: number, rho: number): UnitRows {
  const covariate = Array.from({ length: n }, random.normal);
  const rest = Math.sqrt(1 - rho * rho);
  return { outcome: covariate.map((x) => rho * x + rest * random.normal()), covariates: [covariate] };
}

function coMomentsOfUnits({ outcome, covariates }: UnitRows): CoMoments {
  return coMomentsOf([outcome, ...covariates]);
}

function adjustedLines(random: RandomStream, runs: number, rho: number, n: number): Line[] {
  const ratios = new Float64Array(runs);
  let [lin, cuped] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const [a, b] = [pairedUnits(random, n, rho), pairedUnits(random, n, rho)];
    const adjusted = linDifference(a, b);
    const plain = meanDifference(summary(a), summary(b));
    if (adjusted.status !== 'ok' || plain.status !== 'ok')
      throw new Error('the test of a simulated world has no answer');
    if (adjusted.p < 0.05) lin += 1;
    ratios[run] = (adjusted.standardError / plain.standardError) ** 2;
    const simple = cupedDifference(coMomentsOfUnits(a), coMomentsOfUnits(b));
    if (simple.status === 'ok' && simple.p < 0.05) cuped += 1;
  }
  const where = `ρ ${rho}, ${n} units an arm`;
  const size = equal(0.05085, 'simulated with numpy', { standardError: 0.00155 });
  return [
    share(`Lin, false positives, ${where}`, lin, runs, equal(0.05, 'definition')),
    share(`CUPED from sums, false positives, ${where}`, cuped, runs, size),
    // the error of theta and of the covariate mean: about 1 / n
    average(`Lin, variance against none, ${where}`, ratios, equal(1 - rho * rho, DENG, { rounding: 2 / n })),
  ];
}

function summary({ outcome }: UnitRows): { n: number; mean: number; variance: number } {
  const { n, mean, m2 } = momentsOf(outcome);
  return { n, mean, variance: m2 / (n - 1) };
}

const cuped: Check = {
  name: 'cuped-aa',
  world: 'No effect; a covariate from before the exposure explains ρ² of the outcome.',
  runs: { quick: 600, full: 8000 },
  measure: (random, runs) => [0, 0.5, 0.9].flatMap((rho) => adjustedLines(random, runs, rho, 200)),
};

/** A cluster of units that share a part of their value. */
function drawCluster(random: RandomStream, size: number, icc: number): number[] {
  const shared = Math.sqrt(icc) * random.normal();
  return Array.from({ length: size }, () => shared + Math.sqrt(1 - icc) * random.normal());
}

function clusterRuns(random: RandomStream, runs: number, perArm: number, icc: number): { iid: number; robust: number } {
  const found = { iid: 0, robust: 0 };
  for (let run = 0; run < runs; run++) {
    const draw = () => Array.from({ length: perArm }, () => momentsOf(drawCluster(random, 10, icc)));
    const [control, treatment] = [draw(), draw()];
    const clusters: Cluster[] = [
      ...control.map((moments) => ({ control: moments })),
      ...treatment.map((moments) => ({ treatment: moments })),
    ];
    const robust = clusterDifference(clusters);
    const [a, b] = [control, treatment].map((arm) => arm.reduce(mergeMoments, NO_VALUES));
    if (!a || !b) continue;
    const iid = meanDifference(
      { n: a.n, mean: a.mean, variance: a.m2 / (a.n - 1) },
      { n: b.n, mean: b.mean, variance: b.m2 / (b.n - 1) },
    );
    if (iid.status === 'ok' && iid.p < 0.05) found.iid += 1;
    if (robust.status === 'ok' && robust.p < 0.05) found.robust += 1;
  }
  return found;
}

const clusters: Check = {
  name: 'clusters',
  world:
    'No effect, whole clusters of ten units randomised. Many clusters (200 an arm) for the closed form of taking units as independent, few (10 an arm) to try CR2 where it is hard.',
  runs: { quick: 200, full: 2000 },
  measure: (random, runs) =>
    [
      { deff: 2, iid: 0.16577627289570385 },
      { deff: 4, iid: 0.327 },
      { deff: 10, iid: 0.5353927396673629 },
    ].flatMap(({ deff, iid }) => {
      const icc = (deff - 1) / 9;
      const many = clusterRuns(random, runs, 200, icc);
      const few = clusterRuns(random, runs, 10, icc);
      const closed = equal(iid, 'closed form; Kish 1965', { rounding: 5e-4 });
      const to = equal(0.05, 'definition; Pustejovsky and Tipton 2018');
      return [
        share(`CR2, 200 clusters an arm, design effect ${deff}`, many.robust, runs, to),
        share(`CR2, 10 clusters an arm, design effect ${deff}`, few.robust, runs, to),
        share(`beside: as if independent, design effect ${deff}`, many.iid, runs, closed),
      ];
    }),
};

export const adjustment: Theme = {
  title: 'Covariates and clusters',
  checks: [cuped, clusters],
};
