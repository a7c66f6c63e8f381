import type { GateReport, GateState } from '../contract/gate-contract.ts';
import type { Report, Verdict } from '../contract/report-contract.ts';

/** An A/B phase hands over when its last planned look says ship, and may be stopped when one says not to. */
export function gateOfVerdict(verdict: Verdict, progress: Report['progress']): GateReport {
  return { state: stateOf(verdict, progress), sentence: verdict.sentence, limits: [] };
}

function stateOf({ kind }: Verdict, progress: Report['progress']): GateState {
  if (kind === 'do_not_ship') return 'fail';
  if (kind === 'insufficient' || kind === 'not_started' || progress === null || progress.looks.taken === 0)
    return 'no_data';
  return kind === 'ship' && progress.looks.final ? 'pass' : 'inconclusive';
}
