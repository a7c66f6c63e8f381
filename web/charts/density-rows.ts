/** The belief about one arm: a normal curve around its effect; the control is where it is zero. */
export type Belief = {
  name: string;
  control: boolean;
  mean: number;
  standardDeviation: number;
  colour: string;
  /** What stands beside the curve. */
  text: string;
};

export type DensityPoint = { name: string; x: number; height: number; colour: string };

const POINTS = 121;
/** Standard deviations that a curve is drawn to, and the axis holds. */
const REACH = 3.5;

/** Holds zero and every curve, the widest up to four times the usual one. */
export function densityDomain(beliefs: readonly Belief[]): [number, number] {
  const spreads = beliefs.filter(({ control }) => !control).map((one) => one.standardDeviation);
  const usual = spreads.toSorted((a, b) => a - b)[Math.floor((spreads.length - 1) / 2)] ?? 0;
  const ends = beliefs.flatMap(({ mean, standardDeviation }) => {
    const reach = REACH * Math.min(standardDeviation, 4 * usual);
    return [mean - reach, mean + reach];
  });
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const margin = (high - low) * 0.04 || 1;
  return [low - margin, high + margin];
}

/** Heights from 0 to 1, each curve to its own summit: where it lies and how wide it is are what one compares. */
export function densityPoints(beliefs: readonly Belief[], [low, high]: readonly [number, number]): DensityPoint[] {
  return beliefs
    .filter(({ control }) => !control)
    .flatMap(({ name, mean, standardDeviation: sd, colour }) => {
      const from = Math.max(low, mean - REACH * sd);
      const to = Math.min(high, mean + REACH * sd);
      return Array.from({ length: POINTS }, (_, place) => {
        const x = from + ((to - from) * place) / (POINTS - 1);
        return { name, x, height: Math.exp(-0.5 * ((x - mean) / sd) ** 2), colour };
      });
    });
}
