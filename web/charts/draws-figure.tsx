import { useCallback, useMemo } from 'react';
import { drawsSentence, type ExplainedExperiment } from '../explain/explain-words.ts';
import { ChartFigure } from './chart-figure.tsx';
import { drawLanes, type Lane, lanesHeight } from './draw-lanes.ts';

type Props = { experiment: ExplainedExperiment; unit: string; colours: Map<string, string> };

/** Where the two draws of a unit fall in one experiment. */
export default function DrawsFigure({ experiment, unit, colours }: Props) {
  const lanes = useMemo(() => lanesOf(experiment, colours), [experiment, colours]);
  const draw = useCallback((width: number) => drawLanes({ lanes, width }), [lanes]);
  const { layer, split } = experiment;
  return (
    <ChartFigure
      title={drawsSentence(experiment)}
      fileName={`draws-${experiment.key}`}
      draw={draw}
      height={lanesHeight(lanes.length)}
      legend={[...new Set(split.entries.map(({ variant }) => variant))].map((name) => ({
        name,
        colour: colours.get(name) ?? 'var(--live)',
      }))}
      label="Layer and split: draws from 0 to 1"
      table={{
        columns: ['Draw of', 'Value', 'Goes to', 'From', 'Below', 'Falls here'],
        rows: lanes.flatMap((lane) =>
          lane.parts.map(({ name, from, to }) => [
            lane.name,
            lane.draw,
            name,
            from,
            to,
            lane.draw >= from && lane.draw < to ? 'yes' : 'no',
          ]),
        ),
      }}
      note={
        <>
          Each draw is murmur3 of the salt, a colon and the unit, divided by 2³²: <code>{`${layer.salt}:${unit}`}</code>{' '}
          and <code>{`${split.salt}:${unit}`}</code>. A draw falls to the first part that ends above it.
        </>
      }
    />
  );
}

function lanesOf({ outcome, layer, split }: ExplainedExperiment, colours: Map<string, string>): Lane[] {
  const targeted = outcome !== 'not_targeted';
  return [
    {
      name: 'Layer',
      draw: layer.draw,
      counts: targeted,
      parts: [
        {
          lane: 'Layer',
          name: 'this experiment',
          from: layer.from,
          to: layer.to,
          colour: 'var(--live)',
          taken: layer.inside,
        },
      ],
    },
    {
      name: 'Split',
      draw: split.draw,
      counts: targeted && layer.inside,
      parts: split.entries.map(({ variant, from, to, band, taken }) => ({
        lane: 'Split',
        name: band === null ? variant : `${variant} (${band})`,
        from,
        to,
        colour: colours.get(variant) ?? 'var(--live)',
        taken,
      })),
    },
  ];
}
