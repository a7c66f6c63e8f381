import type { ShadowReport } from '../../server/contract/shadow-contract.ts';
import type { BandPoint } from '../charts/draw-time-lines.ts';
import type { TimePoint } from '../charts/time-series.ts';
import { duration } from '../format.ts';

export type DriftView = 'agreement' | 'scores' | 'latency' | 'errors';

type Drift = NonNullable<ShadowReport['drift']>;

/** What is drawn of one view: lines over time in the unit that is shown. */
export type DriftLines = {
  points: TimePoint[];
  band: BandPoint[];
  label: string;
  domain: [number, number] | null;
  caption: string;
};

/** Views that have something to draw. */
export function driftViews({ points }: Drift): DriftView[] {
  return [
    'agreement' as const,
    ...(points.some(({ scoreDifference }) => scoreDifference !== null) ? ['scores' as const] : []),
    ...(points.some(({ candidateMs }) => candidateMs !== null) ? ['latency' as const] : []),
    'errors' as const,
  ];
}

export const driftNames: Record<DriftView, string> = {
  agreement: 'Agreement',
  scores: 'Score difference',
  latency: 'Latency',
  errors: 'Errors',
};

type Value = (point: Drift['points'][number]) => number | null;

export function driftLines({ points, seconds }: Drift, view: DriftView): DriftLines {
  // A point stands in the middle of its stretch.
  const at = (start: string) => new Date(Date.parse(start) + 500 * seconds);
  const line = (name: string, value: Value): TimePoint[] =>
    points.flatMap((point) => {
      const found = value(point);
      return found === null ? [] : [{ at: at(point.at), name, value: found }];
    });
  const percent = (share: number | null) => (share === null ? null : share * 100);
  const stretch = `Each point is ${duration(seconds)}, by when decisions were made.`;
  const base = { band: [], domain: null };
  switch (view) {
    case 'agreement':
      return {
        points: [
          ...line('candidate', ({ agreement }) => percent(agreement)),
          ...line('champion', ({ noiseFloor }) => percent(noiseFloor)),
        ],
        band: points.flatMap(({ at: start, interval }) =>
          interval
            ? [{ at: at(start), name: 'candidate', lower: interval.lower * 100, upper: interval.upper * 100 }]
            : [],
        ),
        label: 'Decisions with the champion’s answer, %',
        domain: [0, 100],
        caption: `${stretch} The grey line is the champion’s own second call. The band is at 95\u202f%, each stretch by itself: of many some lie apart by chance.`,
      };
    case 'scores':
      return {
        ...base,
        points: line('candidate', ({ scoreDifference }) => scoreDifference),
        label: 'Candidate minus champion, mean score',
        caption: stretch,
      };
    case 'latency':
      return {
        ...base,
        points: [
          ...line('candidate', ({ candidateMs }) => candidateMs),
          ...line('champion', ({ referenceMs }) => referenceMs),
        ],
        label: 'Mean time of a call, ms',
        caption: `${stretch} Where the champion was called a second time beside the candidate.`,
      };
    case 'errors':
      return {
        ...base,
        points: line('candidate', ({ errorShare }) => percent(errorShare)),
        label: 'Shadow calls that failed, %',
        caption: stretch,
      };
  }
}

/** Whether the second half of the time is like the first, in words; null before there are two halves. */
export function driftSentence({ points }: Drift): string | null {
  const told = points.filter(({ agreement }) => agreement !== null);
  if (told.length < 2) return null;
  const half = Math.floor(told.length / 2);
  const mean = (part: typeof told) => {
    const decisions = part.reduce((sum, one) => sum + one.decisions, 0);
    return part.reduce((sum, one) => sum + (one.agreement ?? 0) * one.decisions, 0) / decisions;
  };
  const [before, after] = [mean(told.slice(0, half)), mean(told.slice(half))];
  const shown = (share: number) => `${(share * 100).toFixed(1)}\u202f%`;
  return `Agreement was ${shown(before)} in the first half of the time and ${shown(after)} in the second.`;
}
