import type { Bin } from '../../../stats/index.ts';

/** Relative width of a bin, and where bins of size begin: values nearer to 0 are one bin. */
const WIDTH = 0.01;
const LEAST = 1e-6;

/** The signed logarithmic bin of a value: sign(x) ceil(ln(|x| / 1e-6) / 0.01), 0 around 0. */
export function binOf(value: string): string {
  return `(case when abs(${value}) <= ${LEAST} then 0
    else sign(${value}) * ceil(ln(abs(${value}) / ${LEAST}) / ${WIDTH}) end)::int`;
}

/** The limits of a bin and, between them, the value that stands for it: 1 % wide, so off by half a per cent at most. */
export function binLimits(bin: number): Omit<Bin, 'n'> {
  if (bin === 0) return { lower: -LEAST, middle: 0, upper: LEAST };
  const edge = (k: number) => LEAST * Math.exp(WIDTH * k);
  const [inner, middle, outer] = [edge(Math.abs(bin) - 1), edge(Math.abs(bin) - 0.5), edge(Math.abs(bin))];
  return bin > 0 ? { lower: inner, middle, upper: outer } : { lower: -outer, middle: -middle, upper: -inner };
}
