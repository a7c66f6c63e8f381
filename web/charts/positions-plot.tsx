import { useCallback, useMemo } from 'react';
import type { InterleaveMetric } from '../../server/contract/interleave-contract.ts';
import { ChartFigure } from './chart-figure.tsx';
import { drawPositions, positionsHeight } from './draw-positions.ts';
import { positionPoints } from './position-rows.ts';

type Props = { metric: Pick<InterleaveMetric, 'name' | 'positions'>; colours: Map<string, string> };

/** Outcomes by depth: where in the list items of each ranking earned them. */
export default function PositionsPlot({ metric: { name, positions }, colours }: Props) {
  const points = useMemo(() => positionPoints(positions), [positions]);
  const label = `Items with “${name}”, %`;
  const draw = useCallback(
    (width: number) => drawPositions({ points, colours, label, width }),
    [points, colours, label],
  );
  const table = useMemo(
    () => ({
      columns: ['Position', 'Variant', 'Items shown', 'With outcome', label],
      rows: points.map(({ position, variant, shown, withOutcome, share }) => [
        position,
        variant,
        shown,
        withOutcome,
        share,
      ]),
    }),
    [points, label],
  );
  const variants = [...new Set(points.map(({ variant }) => variant))];
  return (
    <ChartFigure
      title={titleOf(points, variants)}
      fileName="by-depth"
      draw={draw}
      height={positionsHeight}
      label={`${label}, by position in the list`}
      table={table}
      legend={variants.map((variant) => ({
        name: variant,
        colour: colours.get(variant) ?? 'var(--live)',
        mark: 'line' as const,
      }))}
      note="Items further up get more outcomes whoever put them there; what matters is that both are shown alike. A description: no conclusion is drawn from it."
    />
  );
}

/** Which ranking's items earn more at most positions. */
function titleOf(points: ReturnType<typeof positionPoints>, variants: string[]): string {
  const positions = [...new Set(points.map(({ position }) => position))];
  const best = positions.map((position) => {
    const here = points.filter((point) => point.position === position).toSorted((a, b) => b.share - a.share);
    return here.length > 1 && here[0]?.share !== here[1]?.share ? here[0]?.variant : undefined;
  });
  const times = variants
    .map((variant) => ({ variant, n: best.filter((one) => one === variant).length }))
    .toSorted((a, b) => b.n - a.n);
  const [first, second] = times;
  if (!first || first.n === 0 || first.n === second?.n)
    return 'By depth: no ranking’s items earn more at most positions';
  return `By depth: items of ${first.variant} earn more often at ${first.n} of ${positions.length} positions`;
}
