import type { Report } from '../contract/report-contract.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import { type LookClock, nextLookAt, plannedLooks } from './look-clock.ts';
import type { StoredLook } from './look-result.ts';

type Progress = NonNullable<Report['progress']>;

/** How far the phase is, and which looks were taken and are to come. */
export function progressOf(
  current: PhaseRow,
  clock: LookClock,
  looks: StoredLook[],
  forecast: Progress['forecast'],
): Progress {
  const { units, durationSeconds } = current.plan;
  const plannedEnd =
    durationSeconds === null || !current.startedAt
      ? null
      : new Date(current.startedAt.getTime() + durationSeconds * 1000);
  const last = looks.at(-1) ?? null;
  const planned = plannedLooks(current);
  const final = last !== null && planned !== null && last.number >= planned;
  const next = nextLookAt(current, last && { number: last.number, mature: last.result.mature });
  return {
    matureUnits: clock.mature,
    plannedUnits: units,
    plannedEndAt: plannedEnd?.toISOString() ?? null,
    share: final ? 1 : clock.share === null ? null : Math.min(1, clock.share),
    lookAt: last?.at.toISOString() ?? null,
    looks: {
      taken: last?.number ?? 0,
      planned,
      final,
      nextUnits: next.units,
      nextAt: next.at?.toISOString() ?? null,
    },
    forecast,
  };
}
