import type { Report } from '../../server/contract/report-contract.ts';
import type { LifecycleAction } from '../api/queries.ts';
import { counted } from '../format.ts';

/** What should make one think again before a move; null: nothing. */
export function moveWarning(report: Report, action: LifecycleAction): string | null {
  if (action === 'advance') return gateWarning(report);
  if (action !== 'conclude') return null;
  return report.phase !== null && report.phase.mode !== 'ab' ? gateWarning(report) : lookWarning(report);
}

/** Only the gate of the running phase counts: a person may look at an earlier one. */
function gateWarning({ gate, phase }: Report): string | null {
  if (!gate || phase?.state !== 'running' || gate.state === 'pass') return null;
  return `The gate does not say pass. ${gate.sentence}`;
}

function lookWarning({ phase, progress }: Report): string | null {
  if (phase?.assignment === 'external') return null;
  if (!progress?.lookAt) return 'No final look has been taken: the numbers so far are not fit for this decision.';
  const { planned, taken } = progress.looks;
  const left = planned === null ? 0 : Math.max(0, planned - taken);
  if (left === 0) return null;
  return `The plan has ${counted(left, 'more look')}. Where no look has crossed its bound, ending now leaves the question open.`;
}
