import { type LinTest, linFit, linFromSums, type Moments } from '../../../stats/index.ts';
import type { Queryable } from '../../db/queryable.ts';
import { firstMoments } from './additive-outcome.ts';
import type { CovariateColumn } from './covariate-columns.ts';
import type { NamedArm } from './found-effect.ts';
import { linSquares } from './lin-squares.ts';
import { sumProducts } from './sum-products.ts';

/** Units an arm needs at least: some for the arm itself, some for each covariate. */
const leastUnits = (covariates: number) => 20 + 10 * covariates;

export interface Adjusted {
  /** By variant id of the challenger; absent where there was none. */
  tests: Map<number, LinTest>;
  /** Names of the covariates that were used. */
  covariates: string[];
  /** Why comparisons without a test have none. */
  reason: string;
  /** Without covariates, by variant id. */
  plain: Map<number, Moments>;
}

/**
 * Challengers against the control, adjusted for covariates by Lin's regressions: co-moments first, then a pass an arm for
 * HC2. All arms large enough are adjusted to the mean covariates of their units together.
 */
export async function linEffects(
  client: Queryable,
  outcome: string,
  columns: CovariateColumn[],
  arms: readonly NamedArm[],
): Promise<Adjusted> {
  const sums = await sumProducts(client, [outcome, ...columns.map(({ text }) => text)]);
  const plain = firstMoments(sums);
  const none = { tests: new Map<number, LinTest>(), covariates: [], plain };
  const least = leastUnits(columns.length);
  const few = `adjusting for ${columns.length === 1 ? 'a covariate' : `${columns.length} covariates`} takes ${least} units in each arm`;
  const large = arms.flatMap(({ variantId }) => {
    const moments = sums.get(variantId);
    return moments && moments.n >= least ? [{ variantId, moments }] : [];
  });
  const [control, ...challengers] = large;
  if (columns.length === 0) return { ...none, reason: 'nothing is known of units before their exposure' };
  if (!control || challengers.length === 0 || control.variantId !== arms[0]?.variantId) return { ...none, reason: few };
  const fit = linFit(large.map(({ moments }) => moments));
  if (fit.status !== 'ok') return { ...none, reason: 'no covariate varies in every arm' };
  const kept = fit.kept.flatMap((index) => columns[index] ?? []);
  const squares = [];
  for (const [place, { variantId }] of large.entries()) {
    const arm = fit.arms[place];
    if (arm)
      squares.push(
        await linSquares(
          client,
          variantId,
          outcome,
          kept.map(({ text }) => text),
          arm,
        ),
      );
  }
  const tests = new Map<number, LinTest>();
  for (const [place, { variantId }] of challengers.entries()) {
    const test = linFromSums(fit, squares, { treatment: place + 1 });
    if (test.status === 'ok') tests.set(variantId, test);
  }
  const reason = tests.size < challengers.length ? 'single units decide what a covariate says' : few;
  return { tests, covariates: [...new Set(kept.map(({ name }) => name))], reason, plain };
}
