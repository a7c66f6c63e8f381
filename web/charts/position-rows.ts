import type { InterleaveMetric } from '../../server/contract/interleave-contract.ts';

export type PositionPoint = { position: number; variant: string; share: number; shown: number; withOutcome: number };

/** Positions that each variant held at least once; deeper than this nobody reads a picture. */
const DEEPEST = 30;

/** Percent of the items that each variant had at a position which got the outcome. */
export const positionPoints = (positions: InterleaveMetric['positions']): PositionPoint[] =>
  positions
    .filter(({ position, shown }) => position <= DEEPEST && shown > 0)
    .map(({ position, variant, shown, withOutcome }) => ({
      ...{ position, variant, shown, withOutcome },
      share: (100 * withOutcome) / shown,
    }));
