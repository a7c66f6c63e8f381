import type { GateReport, GateState } from '../../contract/gate-contract.ts';
import type { InterleaveMetric, InterleaveReport, PreferenceComparison } from '../../contract/interleave-contract.ts';
import type { HealthItem, Verdict } from '../../contract/report-contract.ts';

/** A challenger that is preferred to the champion may go on; one that loses on a guardrail may not, whatever else. */
export function interleaveGate(report: InterleaveReport, champion: string, health: HealthItem[]): GateReport {
  const judged = report.metrics.filter(({ role }) => role !== 'secondary');
  const limits = judged.map((metric) => ({
    name: metric.key,
    state: stateOf(metric, champion),
    sentence: metric.sentence,
  }));
  const ofRole = (role: InterleaveMetric['role']): GateState[] =>
    judged.flatMap((metric, i) => (metric.role === role ? [limits[i]!.state] : []));
  const alarm = health.find(({ status }) => status === 'alarm');
  const primary = ofRole('primary');
  const state = (): GateState => {
    if (ofRole('guardrail').includes('fail')) return 'fail';
    if (alarm) return 'inconclusive';
    if (primary.length === 0 || primary.every((each) => each === 'no_data')) return 'no_data';
    if (primary.includes('fail')) return 'fail';
    return primary.includes('pass') ? 'pass' : 'inconclusive';
  };
  return { state: state(), sentence: alarm?.sentence ?? report.sentence, limits };
}

/** Against the champion: pass when a challenger is preferred, fail when the champion is preferred to every one. */
function stateOf({ comparisons, role }: InterleaveMetric, champion: string): GateState {
  const against = comparisons.filter((each) => each.against === champion || each.variant === champion);
  if (against.every(({ status }) => status === 'insufficient')) return 'no_data';
  const lost = ({ preferred }: PreferenceComparison) => preferred === champion;
  if (role === 'guardrail' ? against.some(lost) : against.every(lost)) return 'fail';
  return against.some(({ preferred }) => preferred !== null && preferred !== champion) ? 'pass' : 'inconclusive';
}

export function interleaveVerdict(report: InterleaveReport, gate: GateReport, health: HealthItem[]): Verdict {
  const reasons = report.metrics.map(({ sentence }) => sentence);
  const alarm = health.find(({ status }) => status === 'alarm');
  if (alarm && gate.state !== 'fail') {
    return { kind: 'invalid', sentence: `Do not use these numbers: ${alarm.sentence}`, reasons };
  }
  const isOver = report.look.at !== null;
  const kind = {
    pass: 'ship',
    fail: 'do_not_ship',
    no_data: 'insufficient',
    inconclusive: isOver ? 'look_closer' : 'keep_running',
  } as const;
  return { kind: kind[gate.state], sentence: report.sentence, reasons };
}
