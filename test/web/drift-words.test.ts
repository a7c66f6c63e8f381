import { describe, expect, it } from 'vitest';
import { differenceBins, pairDomain } from '../../web/charts/pair-marks.ts';
import { pauseGaps } from '../../web/charts/pause-marks.ts';
import { positionPoints } from '../../web/charts/position-rows.ts';
import { tallyPieces } from '../../web/charts/tally-rows.ts';
import { driftLines, driftSentence, driftViews } from '../../web/modes/drift-words.ts';

const wide = (text: string | null) => (text ?? '').replaceAll('\u202f', ' ');
const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 10, minute));
const point = (minute: number, agreement: number | null, over = {}) => ({
  ...{ at: at(minute).toISOString(), decisions: agreement === null ? 0 : 100, agreement, interval: null },
  ...{ noiseFloor: null, scoreDifference: null, candidateMs: null, referenceMs: null, errorShare: 0 },
  ...over,
});

describe('drift', () => {
  it('is told from one half of the time to the other, by decisions', () => {
    const drift = {
      seconds: 60,
      points: [point(0, 0.9), point(1, null), point(2, 0.7, { decisions: 300 }), point(3, 0.5)],
    };
    expect(wide(driftSentence(drift))).toBe(
      'Agreement was 90.0 % in the first half of the time and 65.0 % in the second',
    );
    expect(driftSentence({ seconds: 60, points: [point(0, 0.9)] })).toBeNull();
    const slower = {
      seconds: 60,
      points: [point(0, 1, { candidateMs: 2.3456 }), point(1, 1, { candidateMs: 12.3456 })],
    };
    expect(wide(driftSentence(slower, 'latency'))).toBe(
      'The candidate’s mean time was 2.35 ms in the first half of the time and 12.3 ms in the second',
    );
    expect(driftSentence(slower, 'scores')).toBeNull();
  });

  it('offers what there is to draw, each point in the middle of its stretch', () => {
    const drift = { seconds: 60, points: [point(0, 0.9, { interval: { lower: 0.8, upper: 0.95 }, candidateMs: 2 })] };
    expect(driftViews(drift)).toEqual(['agreement', 'latency', 'errors']);
    const { points, band } = driftLines(drift, 'agreement');
    expect(points).toEqual([{ at: new Date(at(0).getTime() + 30_000), name: 'candidate', value: 90 }]);
    expect(band[0]).toMatchObject({ lower: 80, upper: 95 });
  });
});

describe('pauses in a picture', () => {
  it('are cut to it, and one that lasts goes on to its edge', () => {
    const pauses = [
      { from: at(0).toISOString(), to: at(5).toISOString() },
      { from: at(6).toISOString(), to: at(8).toISOString() },
      { from: at(18).toISOString(), to: null },
    ];
    expect(pauseGaps(pauses, at(4), at(20)).map(({ from, to }) => [from.getUTCMinutes(), to.getUTCMinutes()])).toEqual([
      [4, 5],
      [6, 8],
      [18, 20],
    ]);
    expect(pauseGaps(pauses, at(9), at(12))).toEqual([]);
  });
});

describe('pieces of pictures', () => {
  it('fill a bar of wins, ties and losses, and leave empty rows out', () => {
    const names = { variant: 'new', against: 'old' };
    const pieces = tallyPieces(
      [
        { name: 'Units', wins: 3, ties: 1, losses: 4 },
        { name: 'Impressions', wins: 0, ties: 0, losses: 0 },
      ],
      names,
      names,
    );
    expect(pieces.map(({ what, from, to }) => [what, from, to])).toEqual([
      ['for new', 0, 37.5],
      ['no preference', 37.5, 50],
      ['for old', 50, 100],
    ]);
  });

  it('are shares of all differences, and probabilities keep their whole axis', () => {
    const bins = differenceBins({ lower: -1, upper: 1, counts: [1, 0, 3, 0] });
    expect(bins.map(({ from, share }) => [from, share])).toEqual([
      [-1, 0.25],
      [-0.5, 0],
      [0, 0.75],
      [0.5, 0],
    ]);
    expect(pairDomain([{ champion: 0.2, candidate: 0.4 }])).toEqual([0, 1]);
    expect(pairDomain([{ champion: -1, candidate: 3 }])[0]).toBeLessThan(-1);
  });

  it('are of positions at which a variant was shown', () => {
    const shown = { position: 1, variant: 'new', shown: 4, withOutcome: 1 };
    expect(positionPoints([shown, { ...shown, shown: 0 }, { ...shown, position: 99 }])).toEqual([
      { ...shown, share: 25 },
    ]);
  });
});
