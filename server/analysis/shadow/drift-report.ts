import { wilsonInterval } from '../../../stats/index.ts';
import type { ShadowReport } from '../../contract/shadow-contract.ts';
import type { ShadowPoint, ShadowResult } from './shadow-result.ts';

/** Units that an interval of one stretch of time needs. */
const LEAST_UNITS = 10;

/** How it went over time; results of earlier versions do not know. */
export function driftOf({ drift }: Pick<ShadowResult, 'drift'>): ShadowReport['drift'] {
  if (!drift) return null;
  return { seconds: drift.seconds, points: drift.points.map(pointOf) };
}

function pointOf(point: ShadowPoint): NonNullable<ShadowReport['drift']>['points'][number] {
  const { at, decisions, differing, effectiveUnits, scoreDifference, candidateMs, referenceMs } = point;
  const agreement = shareOf(decisions - differing, decisions);
  return {
    at,
    decisions,
    agreement,
    interval: agreement === null ? null : roughInterval(agreement, effectiveUnits),
    noiseFloor: shareOf(point.references - point.referencesDiffering, point.references),
    scoreDifference,
    candidateMs,
    referenceMs,
    errorShare: shareOf(point.failed, point.called),
  };
}

const shareOf = (part: number, all: number): number | null => (all > 0 ? part / all : null);

/** As if each unit had made as many decisions as the others; for looking, no gate reads it. */
function roughInterval(share: number, effectiveUnits: number) {
  const n = Math.round(effectiveUnits);
  return n < LEAST_UNITS ? null : wilsonInterval({ x: Math.round(share * n), n });
}
