export type ScoreBin = { from: number; to: number; model: string; share: number };

type Histogram = { lower: number; upper: number; champion: number[]; candidate: number[] };

/** Few enough that a bar is more than a hair. */
const BARS = 50;

/** Both models' scores as shares of decisions in bins of equal width, neighbours joined. */
export function scoreBins({ lower, upper, champion, candidate }: Histogram): ScoreBin[] {
  return [...binsOf('champion', champion, lower, upper), ...binsOf('candidate', candidate, lower, upper)];
}

function binsOf(model: string, counts: number[], lower: number, upper: number): ScoreBin[] {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const joined = Math.ceil(counts.length / BARS);
  const width = (upper - lower) / counts.length;
  return Array.from({ length: Math.ceil(counts.length / joined) }, (_, place) => {
    const first = place * joined;
    const part = counts.slice(first, first + joined);
    return {
      from: lower + first * width,
      to: lower + (first + part.length) * width,
      model,
      share: total === 0 ? 0 : part.reduce((sum, n) => sum + n, 0) / total,
    };
  });
}
