import { count, percentOf } from '../format.ts';

export type Tally = { name: string; wins: number; ties: number; losses: number };
/** One piece of a bar, as shares of all of its row. */
export type TallyPiece = {
  row: string;
  what: string;
  from: number;
  to: number;
  n: number;
  colour: string;
  text: string;
};

/** Won, tied and lost beside each other, each row to the same length. */
export function tallyPieces(
  tallies: readonly Tally[],
  names: { variant: string; against: string },
  colours: { variant: string; against: string },
): TallyPiece[] {
  return tallies.flatMap(({ name, wins, ties, losses }) => {
    const all = wins + ties + losses;
    if (all === 0) return [];
    let from = 0;
    return (
      [
        [`for ${names.variant}`, wins, colours.variant],
        ['no preference', ties, 'var(--grid)'],
        [`for ${names.against}`, losses, colours.against],
      ] as const
    ).map(([what, n, colour]) => {
      const piece = {
        row: name,
        what,
        from,
        to: from + (100 * n) / all,
        n,
        colour,
        text: `${count(n)} (${percentOf(n / all)})`,
      };
      from = piece.to;
      return piece;
    });
  });
}
