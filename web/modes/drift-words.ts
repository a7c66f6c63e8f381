import type { ShadowReport } from '../../server/contract/shadow-contract.ts';
import type { BandPoint } from '../charts/draw-time-lines.ts';
import type { TimePoint } from '../charts/time-series.ts';
import { decimalsOf, duration, percentOf, plain, THIN } from '../format.ts';

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

type Told = { value: number; weight: number };

/** Whether the second half of the time is like the first, in words; null before there are two halves. */
export function driftSentence({ points }: Drift, view: DriftView = 'agreement'): string | null {
  const { value, what, text } = sentences[view];
  const told = points.flatMap((point): Told[] => {
    const found = value(point);
    return found === null ? [] : [{ value: found, weight: Math.max(1, point.decisions) }];
  });
  if (told.length < 2) return null;
  const half = Math.floor(told.length / 2);
  const mean = (part: Told[]) =>
    part.reduce((sum, one) => sum + one.value * one.weight, 0) / part.reduce((sum, { weight }) => sum + weight, 0);
  return `${what} was ${text(mean(told.slice(0, half)))} in the first half of the time and ${text(mean(told.slice(half)))} in the second`;
}

const shortly = (value: number, digits: number) => plain(value, Math.min(6, decimalsOf(value, digits)));

const sentences: Record<DriftView, { value: Value; what: string; text: (value: number) => string }> = {
  agreement: { value: (one) => one.agreement, what: 'Agreement', text: (value) => `${plain(value * 100, 1)}${THIN}%` },
  scores: {
    value: (one) => one.scoreDifference,
    what: 'The mean difference of scores',
    text: (value) => (value > 0 ? '+' : '') + shortly(value, 2),
  },
  latency: {
    value: (one) => one.candidateMs,
    what: 'The candidate’s mean time',
    text: (value) => `${shortly(value, 3)}${THIN}ms`,
  },
  errors: { value: (one) => one.errorShare, what: 'The share of failed calls', text: percentOf },
};
