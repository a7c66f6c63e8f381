import type { HealthItem } from '../../contract/report-contract.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { oneOf } from '../phrases.ts';
import type { ReportRows } from '../report-store.ts';

/** Says that the raw events of a phase are partly gone; null while all are there. */
export function retentionCheck({ frozenAt }: PhaseRow, { afterRetention }: ReportRows): HealthItem | null {
  if (!frozenAt) return null;
  const day = frozenAt.toISOString().slice(0, 10);
  const kept = `Raw events of this phase are no longer kept since ${day}: its numbers stay as they are and cannot be computed again.`;
  return {
    check: 'retention',
    status: afterRetention > 0 ? 'warning' : 'ok',
    sentence:
      afterRetention === 0
        ? kept
        : `${kept} ${oneOf(afterRetention, 'event', 'events')} arrived afterwards and ${afterRetention === 1 ? 'does' : 'do'} not count.`,
    numbers: { keptFrom: day, lateAfterRetention: afterRetention },
    causes: [],
  };
}
