import { type Cluster, type ClusterTest, clusterDifference } from '../../../stats/index.ts';
import type { Queryable } from '../../db/queryable.ts';
import type { UnitEffect } from '../unit-result.ts';
import { cappedIn, noValue, outcomeOf } from './additive-outcome.ts';
import { type ClusterRow, countCrossing, readClusters } from './cluster-rows.ts';
import { armOf, type FoundEffects, insufficient, type NamedArm, NO_VARIANCE } from './found-effect.ts';
import { sumProducts } from './sum-products.ts';
import type { UnitMetric } from './unit-values.ts';

/** Clusters an arm needs at least for an error that can be relied on. */
const LEAST_CLUSTERS = 5;
/** From here on the loss by clusters is worth a sentence. */
const NOTABLE = 1.1;

/** Proportions, means and ratios of units randomised together: CR2 with Satterthwaite's degrees of freedom. */
export async function clusterResult(
  client: Queryable,
  metric: UnitMetric,
  arms: readonly NamedArm[],
  phase: { attribute: string; level: number },
): Promise<FoundEffects> {
  const outcome = await outcomeOf(client, metric);
  const { clusters, counts, grouped } = await readClusters(client, outcome.text);
  const crossing = await countCrossing(client);
  const sums = await sumProducts(client, [outcome.text]);
  const [control, ...challengers] = arms;
  const effects = challengers.flatMap((arm): UnitEffect[] => {
    if (!control) return [];
    const few = [control, arm].find(({ variantId }) => (counts.get(variantId) ?? 0) < LEAST_CLUSTERS);
    const missing =
      noValue(outcome, sums, [control, arm]) ?? (few && tooFew(few, counts.get(few.variantId) ?? 0, phase.attribute));
    if (missing) return [insufficient(arm, missing)];
    const test = clusterDifference(paired(clusters, control, arm), { level: phase.level });
    if (test.status !== 'ok')
      return [insufficient(arm, test.status === 'no_variance' ? NO_VARIANCE : `${test.missing}.`)];
    const { capped, warnings } = cappedIn(outcome, control, arm);
    return [
      { ...effectOf(test, arm, grouped), capped, warnings: [...warnings, ...notes(test, crossing, phase.attribute)] },
    ];
  });
  return {
    effects,
    arms: arms.map((arm) => {
      const moments = sums.get(arm.variantId);
      const known = moments && !outcome.undefined.has(arm.variantId);
      return {
        ...armOf(arm, known ? { n: moments.n, mean: moments.means[0] ?? 0, m2: 0 } : null),
        standardError: armError(clusters, arm),
      };
    }),
  };
}

function tooFew({ variant }: NamedArm, count: number, attribute: string): string {
  return `"${variant}" has ${count} of at least ${LEAST_CLUSTERS} different values of "${attribute}": with fewer no error can be relied on.`;
}

/** Clusters of two arms, side by side where one is in both. */
function paired(rows: ClusterRow[], control: NamedArm, arm: NamedArm): Cluster[] {
  const found = new Map<string, Cluster>();
  for (const { variantId, cluster, moments } of rows) {
    if (variantId === control.variantId) found.set(cluster, { ...found.get(cluster), control: moments });
    if (variantId === arm.variantId) found.set(cluster, { ...found.get(cluster), treatment: moments });
  }
  return [...found.values()];
}

/** `grouped`: clusters were put together by chance, so that means of clusters are not known. */
function effectOf(test: ClusterTest, { variantId }: NamedArm, grouped: boolean) {
  const { estimate, standardError, degreesOfFreedom, pair, clusterMeans } = test;
  return {
    variantId,
    status: 'ok' as const,
    method: `${test.method}, ${test.clusters} ${grouped ? 'groups of clusters' : 'clusters'}`,
    estimate,
    standardError,
    degreesOfFreedom,
    pair,
    adjustment: null,
    others:
      clusterMeans?.status === 'ok' && !grouped
        ? [{ method: 'Welch t on cluster means', pValue: clusterMeans.p, interval: { ...clusterMeans.interval } }]
        : [],
  };
}

function notes({ standardErrors: { CR2, iid } }: ClusterTest, crossing: number, attribute: string): string[] {
  const effect = iid > 0 ? (CR2 / iid) ** 2 : 1;
  return [
    ...(effect >= NOTABLE
      ? [
          `Units of the same "${attribute}" are alike: the error is as large as with ${effect.toFixed(1)} times fewer units.`,
        ]
      : []),
    ...(crossing > 0
      ? [
          `${crossing} ${crossing === 1 ? 'value' : 'values'} of "${attribute}" ${crossing === 1 ? 'occurs' : 'occur'} in more than one variant: were they randomised together?`,
        ]
      : []),
  ];
}

/** Cluster-robust error of one arm's mean; null below two clusters. */
function armError(rows: ClusterRow[], { variantId }: NamedArm): number | null {
  const own = rows.filter((row) => row.variantId === variantId).map(({ moments }) => moments);
  const n = own.reduce((sum, part) => sum + part.n, 0);
  if (own.length < 2) return null;
  const mean = own.reduce((sum, part) => sum + (part.n / n) * part.mean, 0);
  const move = (part: (typeof own)[number]) => ((part.n / n) * (part.mean - mean)) ** 2 * (n / (n - part.n));
  return Math.sqrt(own.reduce((sum, part) => sum + move(part), 0));
}
