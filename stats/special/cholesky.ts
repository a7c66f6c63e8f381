/** A pivot of the correlation matrix at or below this: the column is the others' to all digits that a product holds. */
const LEAST_PIVOT = 1e-11;

/**
 * Solves S x = b for a symmetric positive definite table S and several right sides at once.
 *
 * Input: S; right sides. Output: one solution a right side; `null` where S is singular, that is where a pivot of S
 * scaled to a unit diagonal is at most 1e-11 (a column explained by the earlier ones to 11 digits).
 * Source: Cholesky factorisation with diagonal scaling, which makes the answer independent of units.
 */
export function solvePositiveDefinite(
  table: readonly (readonly number[])[],
  rightSides: readonly (readonly number[])[],
): number[][] | null {
  const scale = table.map((row, j) => Math.sqrt(row[j]!));
  if (scale.some((value) => !(value > 0))) return null;
  const lower = factor(table, scale);
  if (lower === null) return null;
  return rightSides.map((side) =>
    backward(
      lower,
      forward(
        lower,
        side.map((value, j) => value / scale[j]!),
      ),
    ).map((value, j) => value / scale[j]!),
  );
}

function factor(table: readonly (readonly number[])[], scale: readonly number[]): number[][] | null {
  const lower: number[][] = table.map(() => []);
  for (let j = 0; j < table.length; j++) {
    for (let k = 0; k <= j; k++) {
      let sum = j === k ? 1 : table[j]![k]! / scale[j]! / scale[k]!;
      for (let i = 0; i < k; i++) sum -= lower[j]![i]! * lower[k]![i]!;
      if (j === k && !(sum > LEAST_PIVOT)) return null;
      lower[j]![k] = j === k ? Math.sqrt(sum) : sum / lower[k]![k]!;
    }
  }
  return lower;
}

function forward(lower: readonly (readonly number[])[], side: readonly number[]): number[] {
  const x: number[] = [];
  for (let j = 0; j < side.length; j++) {
    let sum = side[j]!;
    for (let k = 0; k < j; k++) sum -= lower[j]![k]! * x[k]!;
    x[j] = sum / lower[j]![j]!;
  }
  return x;
}

function backward(lower: readonly (readonly number[])[], side: readonly number[]): number[] {
  const x = [...side];
  for (let j = side.length - 1; j >= 0; j--) {
    for (let k = j + 1; k < side.length; k++) x[j] = x[j]! - lower[k]![j]! * x[k]!;
    x[j] = x[j]! / lower[j]![j]!;
  }
  return x;
}
