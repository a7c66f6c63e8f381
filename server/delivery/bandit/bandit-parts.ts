import { pending } from '../../analysis/health/pending-check.ts';
import { meanEvidence } from '../../analysis/health/ratio-concentrations.ts';
import { RATIO_ALARM } from '../../analysis/health/ratio-evidence.ts';
import { calls, lateOutcomes, mixedUnits } from '../../analysis/health/unit-checks.ts';
import type { ModeInput, ModeParts } from '../../analysis/mode-parts.ts';
import { variantReports } from '../../analysis/variant-reports.ts';
import type { GateReport } from '../../contract/gate-contract.ts';
import type { HealthItem, Verdict } from '../../contract/report-contract.ts';
import { banditGate, planEnds } from './bandit-gate.ts';
import { banditPhase } from './bandit-phase.ts';
import { banditReportOf } from './bandit-report.ts';
import type { BanditRows } from './bandit-store.ts';

/** What a bandit phase says for itself. */
export function banditParts(input: ModeInput, bandit: BanditRows): ModeParts {
  const { row, current, rows, now } = input;
  const phase = banditPhase(row, current);
  const variants = variantReports(current, rows);
  const delivery = banditReportOf(row, phase, bandit);
  const hasUnits = variants.some((each) => each.units > 0);
  const items = [
    ratioCheck(bandit.ratioLogs, hasUnits),
    // With a context a unit may rightly change its split within an epoch.
    phase.settings.context === null ? mixedUnits(current, variants) : null,
    calls(variants),
    lateOutcomes(current, rows, variants),
    pending(rows, current, now),
  ];
  const health = items.filter((each) => each !== null);
  const gate = gateOf(banditGate(phase, bandit.stored?.result.final ?? null), hasUnits, health);
  return { delivery, gate, health, verdict: verdictOfBandit(delivery.sentence, gate, health, planEnds(current)) };
}

/** Units of each epoch against its weights: e-values of epochs multiply. */
function ratioCheck(logs: number[], hasUnits: boolean): HealthItem {
  const check = 'sample_ratio' as const;
  if (!hasUnits)
    return { check, status: 'waiting', sentence: 'No unit has been exposed yet.', numbers: {}, causes: [] };
  const logEValue = meanEvidence(logs);
  const alarm = logEValue >= Math.log(RATIO_ALARM);
  return {
    check,
    status: alarm ? 'alarm' : 'ok',
    sentence: alarm
      ? 'The units of the epochs are not split as their weights say: something assigns or loses them unevenly, so nothing here can be trusted.'
      : 'In every epoch units are split as its weights say.',
    numbers: { eValue: logEValue > 700 ? null : Math.exp(logEValue), logEValue },
    causes: alarm
      ? [
          'Exposures of one variant are lost, for instance because its process crashes before it sends.',
          'A service decides by rules of its own and reports them as those of this phase.',
        ]
      : [],
  };
}

/** Trouble with the data keeps it from handing over; without units there is nothing to say. */
function gateOf(gate: GateReport, hasUnits: boolean, health: HealthItem[]): GateReport {
  if (!hasUnits) return { ...gate, state: 'no_data', sentence: `No unit has been exposed yet. ${gate.sentence}` };
  const alarm = health.find((each) => each.status === 'alarm');
  return alarm && gate.state === 'pass' ? { ...gate, state: 'inconclusive', sentence: alarm.sentence } : gate;
}

function verdictOfBandit(standing: string, gate: GateReport, health: HealthItem[], ends: boolean): Verdict {
  const alarm = health.find((each) => each.status === 'alarm');
  const reasons = [gate.sentence];
  if (alarm) return { kind: 'invalid', sentence: `Do not use these numbers: ${alarm.sentence}`, reasons: [standing] };
  if (gate.state === 'pass') return { kind: 'ship', sentence: gate.sentence, reasons: [standing] };
  if (gate.state === 'fail') return { kind: 'do_not_ship', sentence: gate.sentence, reasons: [standing] };
  if (gate.state === 'no_data') return { kind: 'insufficient', sentence: gate.sentence, reasons: [standing] };
  const concluded = ends && gate.limits.length > 0;
  return { kind: concluded ? 'look_closer' : 'keep_running', sentence: standing, reasons };
}
