import type { LinArmFit, LinSquares, Moments } from '../../../stats/index.ts';
import type { Queryable } from '../../db/queryable.ts';
import { EVALUATED, float } from './unit-values.ts';

const sumOf = (terms: readonly string[]): string => terms.join(' + ');
const centred = (text: string, { mean, meanTail = 0 }: Moments): string =>
  `(${text}) - ${float(mean)} - ${float(meanTail)}`;

/** Over the units of a variant, what the errors of its regression need beyond co-moments: residuals and leverages. */
export async function linSquares(
  client: Queryable,
  variantId: number,
  outcome: string,
  covariates: readonly string[],
  fit: LinArmFit,
): Promise<LinSquares> {
  const along = fit.inverse.map((row) => row.reduce((sum, value, k) => sum + value * (fit.gaps[k] ?? 0), 0));
  const quadratic = fit.inverse.map((row, j) => `z${j} * (${sumOf(row.map((value, k) => `${float(value)} * z${k}`))})`);
  const share = float(1 / fit.outcome.n);
  const { rows } = await client.query<{ hc0: number; hc2: number; hc3: number; largest: number }>(
    `with centred as (
       select ${centred(outcome, fit.outcome)} as r,
         ${covariates.map((text, j) => `${centred(text, fit.covariates[j] ?? { n: 0, mean: 0, m2: 0 })} as z${j}`).join(', ')}
       from unit_value where variant_id = $1 ${EVALUATED}
     ), fitted as (
       select r - (${sumOf(fit.slopes.map((slope, j) => `${float(slope)} * z${j}`))}) as residual,
         ${share} + ${sumOf(along.map((value, j) => `${float(value)} * z${j}`))} as weight,
         ${share} + ${sumOf(quadratic)} as leverage
       from centred ${EVALUATED}
     ), moved as (    -- at leverage 1 the result is refused: only a division by 0 has to be avoided here
       select weight * residual * weight * residual as square, leverage, greatest(1 - leverage, 1e-11) as rest from fitted ${EVALUATED}
     )
     select sum(square) as hc0, sum(square / rest) as hc2, sum(square / rest / rest) as hc3, max(leverage) as largest
     from moved`,
    [variantId],
  );
  const row = rows[0];
  if (!row) throw new Error(`variant ${variantId} has no units`);
  return { HC0: row.hc0, HC2: row.hc2, HC3: row.hc3, largestLeverage: row.largest };
}
