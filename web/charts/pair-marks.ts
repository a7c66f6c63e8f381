export type ScorePair = { champion: number; candidate: number };
export type DifferenceBin = { from: number; to: number; share: number; count: number };

/** One axis for both models: a pair on the diagonal has the same score twice. */
export function pairDomain(pairs: readonly ScorePair[]): [number, number] {
  const all = pairs.flatMap(({ champion, candidate }) => [champion, candidate]);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  if (low >= 0 && high <= 1) return [0, 1];
  const margin = (high - low) * 0.04 || 1;
  return [low - margin, high + margin];
}

/** Shares of decisions in bins of equal width. */
export function differenceBins({
  lower,
  upper,
  counts,
}: {
  lower: number;
  upper: number;
  counts: number[];
}): DifferenceBin[] {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const width = (upper - lower) / counts.length;
  return counts.map((count, place) => ({
    from: lower + place * width,
    to: lower + (place + 1) * width,
    share: total === 0 ? 0 : count / total,
    count,
  }));
}
