import type { Report } from '../contract/report-contract.ts';
import { experimentToContract, phaseToContract } from '../experiments/experiment-contract.ts';
import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import { exposuresOf } from './exposure-points.ts';
import { forecastOf } from './forecast.ts';
import { retentionCheck } from './health/retention-check.ts';
import { healthChecks } from './health-checks.ts';
import { lookClock } from './look-clock.ts';
import { readLooks } from './look-result.ts';
import { metricReport } from './metric-report.ts';
import { modeParts } from './mode-report.ts';
import type { PastEffects } from './past-effects.ts';
import { progressOf } from './progress-report.ts';
import type { ReportRows } from './report-store.ts';
import { segmentReports } from './segment-reports.ts';
import { variantReports } from './variant-reports.ts';
import { verdictOf } from './verdict.ts';
import { gateOfVerdict } from './verdict-gate.ts';

/** Nothing to tell yet, and what modes other than A/B leave empty. */
const EMPTY = { progress: null, metrics: [], segments: [], delivery: null };

/** The report of one phase, from its roll-ups: pure, so that a test or a simulation can feed it anything. */
export function buildReport(
  row: ExperimentRow,
  current: PhaseRow | null,
  rows: ReportRows | null,
  past: PastEffects | null,
  now: Date,
): Report {
  const base = { experiment: experimentToContract(row), computedAt: now.toISOString() };
  if (!current || !rows) {
    const empty = { ...EMPTY, phase: null, health: [] };
    const verdict = verdictOf({ state: row.state, ...empty, units: 0 });
    return { ...base, ...empty, gate: null, verdict, variants: [], exposures: { bucketSeconds: 3600, points: [] } };
  }
  const common = {
    ...base,
    phase: phaseToContract(current),
    variants: variantReports(current, rows),
    exposures: exposuresOf(current, rows),
  };
  const parts = modeParts({ row, current, rows, now });
  const rest = parts ? { ...EMPTY, ...parts } : abParts(row, current, rows, past, now, common);
  const retention = retentionCheck(current, rows);
  return { ...common, ...rest, health: retention ? [...rest.health, retention] : rest.health };
}

type AbParts = Pick<Report, 'progress' | 'health' | 'metrics' | 'segments' | 'verdict' | 'gate' | 'delivery'>;

function abParts(
  row: ExperimentRow,
  current: PhaseRow,
  rows: ReportRows,
  past: PastEffects | null,
  now: Date,
  { phase, variants }: Pick<Report, 'phase' | 'variants'>,
): AbParts {
  const looks = readLooks(rows.looks);
  const metrics = row.metrics.map((metric) => metricReport({ row, current, rows, looks, past }, metric));
  const health = healthChecks(current, rows, variants, metrics, now);
  const clock = lookClock(row, current, rows, now);
  const progress = progressOf(current, clock, looks, forecastOf({ row, current, rows, looks, clock, now }));
  const units = variants.reduce((sum, each) => sum + each.units - each.mixedUnits, 0);
  const verdict = verdictOf({ state: row.state, phase, progress, health, metrics, units });
  return {
    progress,
    health,
    metrics,
    segments: segmentReports(row, current, rows),
    verdict,
    gate: gateOfVerdict(verdict, progress),
    delivery: null,
  };
}
