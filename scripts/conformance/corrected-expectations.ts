/**
 * Expected values that are wrong where they stand, each with the right one. A value counts as corrected only while the
 * file still holds exactly the wrong one; the runner prints a line for each use, and the answer must meet the right value.
 */
export interface Correction {
  readonly id: string;
  readonly path: string;
  /** The wrong value, exactly as the file holds it. */
  readonly printed: number | string;
  readonly right: number;
  readonly established: string;
}

type Value = readonly [path: string, printed: number | string, right: number];

function corrections(id: string, established: string, values: readonly Value[]): Correction[] {
  return values.map(([path, printed, right]) => ({ id, path, printed, right, established }));
}

const BY_QUADRATURE = 'mpmath quadrature of the path density at 60 digits';
const BY_TAIL = 'mpmath survival function at 60 digits; the file has the least step of its tool above 0';
const BY_RECURSION =
  'recursion over 400 panels of 24 Gauss-Legendre nodes in numpy, looks 1 and 2 by mpmath at 60 digits';

export const CORRECTIONS: readonly Correction[] = [
  ...corrections('gs-of-very-early', BY_QUADRATURE, [['z[1]', 9.074871188980179, 9.075320091237581]]),
  ...corrections('ld-of-K14-1s025', BY_TAIL, [
    ['z[0]', 'Infinity', 8.30465020898813],
    ['cumulative_alpha_spent[0]', 6.66133814775094e-16, 5.005697108884387e-17],
  ]),
  ...corrections('ld-of-K14-1s025', BY_QUADRATURE, [
    ['nominal_p_one_sided[1]', 3.02589808764964e-9, 3.025765902318016e-9],
  ]),
  ...corrections('ld-of-K20-1s025', BY_TAIL, [
    ['z[0]', 'Infinity', 9.955145577455843],
    ['cumulative_alpha_spent[0]', 6.66133814775094e-16, 1.197360676423254e-23],
  ]),
  ...corrections('ld-of-K20-1s025', BY_QUADRATURE, [
    ['z[1]', 6.97833325638203, 6.991351707077954],
    ['nominal_p_one_sided[1]', 1.49347201272576e-12, 1.3612514892246818e-12],
  ]),
  ...corrections('ld-of-K20-1s025', BY_RECURSION, [
    ['nominal_p_one_sided[2]', 7.15158154918072e-9, 7.153114516157741e-9],
    ['nominal_p_one_sided[4]', 0.00000718038659752729, 7.1805735353316496e-6],
    ['nominal_p_one_sided[13]', 0.005460525130906, 0.0054604137538396555],
    ['nominal_p_one_sided[14]', 0.00700159287002644, 0.007001404394739165],
    ['nominal_p_one_sided[15]', 0.00871055259909614, 0.008710257401168008],
    ['nominal_p_one_sided[16]', 0.0105703331203518, 0.010569896451354482],
    ['nominal_p_one_sided[17]', 0.0125637122369655, 0.01256309386493522],
    ['nominal_p_one_sided[18]', 0.0146739536200743, 0.014673107047235097],
    ['nominal_p_one_sided[19]', 0.0168852044523079, 0.01688407552882941],
  ]),
  ...corrections('prob-best-normal-tiny-prob', 'mpmath quadrature at 80 digits', [
    ['prob_best[0]', 2.1998813140976853e-64, 2.19354602713165e-64],
  ]),
];

/** The right value in place of what a file holds, if that is known to be wrong. */
export function correctionOf(id: string, path: string, printed: unknown): Correction | undefined {
  return CORRECTIONS.find((each) => each.id === id && each.path === path && each.printed === printed);
}
