/** A column of which no more than this share is left beside the earlier ones is one of their combinations. */
const LEAST_SHARE = 1e-10;

/** columns = q r, with q orthonormal and r upper triangular (`r[j][k]`, j <= k). */
export interface OrthonormalColumns {
  readonly q: readonly (readonly number[])[];
  readonly r: readonly (readonly number[])[];
}

/** The number of the first column that the earlier ones determine. */
export interface DependentColumn {
  readonly dependent: number;
}

/**
 * An orthonormal base of the space of the columns, with the triangle that leads back to them.
 *
 * Input: columns of one length, and for each the size of its values before anything was subtracted from them: what is
 * smaller than their rounding is 0. Output: {@link OrthonormalColumns} or the {@link DependentColumn}.
 * Source: modified Gram-Schmidt, each column twice, which is as stable as Householder's (Giraud et al. 2005).
 */
export function orthonormalColumns(
  columns: readonly (readonly number[])[],
  sizes: readonly number[],
): OrthonormalColumns | DependentColumn {
  const q: number[][] = [];
  const r: number[][] = columns.map(() => new Array<number>(columns.length).fill(0));
  for (let k = 0; k < columns.length; k++) {
    const column = [...columns[k]!];
    const before = norm(column);
    for (let pass = 0; pass < 2; pass++) {
      q.forEach((direction, j) => {
        const share = dot(direction, column);
        r[j]![k] = r[j]![k]! + share;
        addTo(column, -share, direction);
      });
    }
    const left = norm(column);
    if (!(left > LEAST_SHARE * before && left > 1e-14 * Math.sqrt(column.length) * sizes[k]!)) return { dependent: k };
    r[k]![k] = left;
    q.push(column.map((value) => value / left));
  }
  return { q, r };
}

/** x with r x = b. */
export function solveUpper(r: readonly (readonly number[])[], b: readonly number[]): number[] {
  const x = [...b];
  for (let j = b.length - 1; j >= 0; j--) {
    for (let k = j + 1; k < b.length; k++) x[j] = x[j]! - r[j]![k]! * x[k]!;
    x[j] = x[j]! / r[j]![j]!;
  }
  return x;
}

/** x with r' x = b. */
export function solveTransposedUpper(r: readonly (readonly number[])[], b: readonly number[]): number[] {
  const x: number[] = [];
  for (let j = 0; j < b.length; j++) {
    let sum = b[j]!;
    for (let k = 0; k < j; k++) sum -= r[k]![j]! * x[k]!;
    x[j] = sum / r[j]![j]!;
  }
  return x;
}

export function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function norm(values: readonly number[]): number {
  return Math.hypot(...(values.length < 1000 ? values : [Math.sqrt(dot(values, values))]));
}

function addTo(target: number[], factor: number, values: readonly number[]): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! + factor * values[i]!;
}
