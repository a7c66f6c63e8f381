import type { Report } from '../contract/report-contract.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import { controlFirst } from './arms.ts';
import type { ReportRows } from './report-store.ts';

export function variantReports(current: PhaseRow, rows: ReportRows): Report['variants'] {
  return controlFirst(current).map(({ variant, variantId, control, weight }) => {
    const count = rows.counts.find((each) => each.variantId === variantId);
    return {
      variant,
      control,
      weight,
      units: count?.units ?? 0,
      mixedUnits: count?.mixed ?? 0,
      rememberedUnits: count?.sticky ?? 0,
      calls: callsOf(rows.calls.filter((each) => each.variantId === variantId)),
    };
  });
}

function callsOf(calls: ReportRows['calls']): Report['variants'][number]['calls'] {
  const of = (status: string) => calls.find((each) => each.status === status)?.n ?? 0;
  const made = calls.reduce((sum, each) => sum + each.n, 0);
  if (made === 0) return null;
  const timed = made - of('missing');
  const ms = calls.reduce((sum, each) => sum + each.ms, 0);
  return {
    made,
    errors: of('error'),
    timeouts: of('timeout'),
    cancelled: of('cancelled'),
    missing: of('missing'),
    meanMs: timed > 0 ? ms / timed : null,
  };
}
