import type { Report } from '../contract/report-contract.ts';
import { logEvidence, RATIO_ALARM } from './health/ratio-evidence.ts';

/**
 * Since when the units of a phase have been split too unevenly: the first of its points from which on the evidence stayed
 * above the bar. Null in a ramp, whose shares change, and where the points do not tell.
 */
export function ratioAlarmSince({ exposures, phase, delivery }: Report): string | null {
  if (!phase || delivery?.mode === 'canary') return null;
  const counts = new Map<string, number>();
  let since: string | null = null;
  const times = [...new Set(exposures.points.map(({ at }) => at))].sort();
  for (const at of times) {
    for (const point of exposures.points) {
      if (point.at === at) counts.set(point.variant, (counts.get(point.variant) ?? 0) + point.units);
    }
    const observed = phase.split.map(({ variant }) => counts.get(variant) ?? 0);
    const uneven = logEvidence([{ observed, weights: phase.split.map(({ weight }) => weight) }]);
    since = uneven >= Math.log(RATIO_ALARM) ? (since ?? at) : null;
  }
  return since;
}
