import { healthChecks } from '../../server/analysis/health-checks.ts';
import { type LookResult, readLooks } from '../../server/analysis/look-result.ts';
import { metricReport } from '../../server/analysis/metric-report.ts';
import { nextLooks } from '../../server/analysis/next-looks.ts';
import type { MeasureSums, ReportRows } from '../../server/analysis/report-store.ts';
import { variantReports } from '../../server/analysis/variant-reports.ts';
import { plan as planSchema } from '../../server/contract/plan-contract.ts';
import type { HealthItem, MetricReport } from '../../server/contract/report-contract.ts';
import type { Plan } from '../../server/db/schema-types.ts';
import type { ExperimentRow, PhaseRow, Role } from '../../server/experiments/experiment-store.ts';
import { type Moments, mergeMoments, NO_VALUES } from '../../stats/index.ts';
import type { RandomStream } from './random-stream.ts';

/** A metric of a simulated experiment. */
export interface SimulatedMetric {
  kind: 'mean' | 'proportion';
  role: Role;
}

/**
 * An experiment whose sums grow in memory, as the roll-up would keep them of mature units. The report and its looks are
 * made by the functions of the server, so that what is counted is what people would see.
 */
export interface SimulatedExperiment {
  /** Adds units of an arm (0: control) that are mature in a metric. */
  add: (metric: number, arm: number, units: Moments) => void;
  /** Lets time pass: seconds since the start. */
  passTo: (seconds: number) => void;
  /** Takes the look that is due; null where none is. */
  look: () => LookResult[] | null;
  /** The parts of the report that a check needs: the rest of it takes longer than the simulation. */
  metrics: () => MetricReport[];
  health: () => HealthItem[];
}

const START = new Date('2026-01-05T00:00:00Z');
const CONTROL = 1;

const OPEN_PLAN: Plan = { ...planSchema.parse({}), design: 'fixed', looks: 1 };

export function simulateExperiment(
  metrics: SimulatedMetric[],
  plan: Partial<Plan>,
  challengers = 1,
): SimulatedExperiment {
  const phase = phaseRow({ ...OPEN_PLAN, ...plan }, challengers);
  const row = experimentRow(metrics, phase);
  const arms = Array.from({ length: challengers + 1 }, (_, arm) => arm);
  const sums = metrics.map(() => arms.map(() => NO_VALUES));
  const looks: ReportRows['looks'] = [];
  let now = START;
  const rows = () => reportRows(sums, looks, now);
  return {
    add: (metric, arm, units) => {
      const own = sums[metric];
      if (own) own[arm] = mergeMoments(own[arm] ?? NO_VALUES, units);
    },
    passTo: (seconds) => {
      now = new Date(START.getTime() + seconds * 1000);
    },
    look: () => {
      const results = nextLooks(row, phase, rows(), null, now, { views: false });
      for (const result of results ?? []) looks.push(stored(result, now));
      return results;
    },
    metrics: () => {
      const input = { row, current: phase, rows: rows(), looks: readLooks(looks), past: null };
      return row.metrics.map((metric) => metricReport(input, metric));
    },
    health: () => {
      const current = rows();
      return healthChecks(phase, current, variantReports(phase, current), [], now);
    },
  };
}

/** As JSON in the database. */
function stored(result: LookResult, at: Date): ReportRows['looks'][number] {
  const { metricId, variantId, comparison } = result;
  return {
    metricId,
    comparison: variantId,
    k: comparison.look?.number ?? 1,
    at,
    result: JSON.parse(JSON.stringify(result)),
  };
}

function reportRows(sums: Moments[][], looks: ReportRows['looks'], asOf: Date): ReportRows {
  const measures = sums.flatMap((arms, metric) =>
    arms.flatMap((moments, arm) => (moments.n > 0 ? [measureSums(metric + 1, arm + CONTROL, moments)] : [])),
  );
  const units = (sums[0] ?? []).map(({ n }, arm) => ({ variantId: arm + CONTROL, units: n, mixed: 0, sticky: 0 }));
  return {
    ...{ asOf, measures, pairs: [], segments: [], segmentValues: [], segmentCounts: [], unitResults: [] },
    ...{ counts: units, cohorts: [], calls: [], late: [], afterRetention: 0, looks, mode: null },
    pending: { batches: 0, oldestAt: null, dirtyUnits: 0 },
  };
}

function measureSums(measureId: number, variantId: number, { n, mean, m2, m3 = 0 }: Moments): MeasureSums {
  return { measureId, variantId, mature: true, units: n, sum: n * mean, mean, m2, m3, capped: 0 };
}

function phaseRow(plan: Plan, challengers: number): PhaseRow {
  const weight = 1 / (challengers + 1);
  const names = Array.from({ length: challengers }, (_, k) => `new-${k + 1}`);
  return {
    ...{ id: 1, environmentId: 1, experimentId: 1, position: 0, mode: 'ab', assignment: 'hash', state: 'running' },
    ...{
      salt: 'calibration',
      continues: false,
      sticky: false,
      step: 1,
      plan,
      cohortSeconds: 3600,
      startedAt: START,
      endedAt: null,
    },
    ...{ gate: 'manual', settings: {}, endedAs: null, endReason: null, pauses: [], hold: null },
    ...{ closedAt: null, frozenAt: null, callsCheckedTo: null, rebuildWanted: false, rebuiltAt: null },
    split: [
      ...names.map((variant, k) => ({ variantId: CONTROL + 1 + k, variant, weight, control: false })),
      { variantId: CONTROL, variant: 'old', weight, control: true },
    ],
  };
}

function experimentRow(metrics: SimulatedMetric[], phase: PhaseRow): ExperimentRow {
  return {
    ...{ id: 1, environmentId: 1, slotId: 1, slotKey: 'model', timeoutMs: 1000, key: 'simulated', name: 'Simulated' },
    ...{ hypothesis: '', state: 'running', targeting: [], audiences: {}, segments: [], rangeFrom: 0, rangeTo: 1 },
    ...{ createdAt: START, startedAt: START, concludedAt: null, phases: [phase] },
    metrics: metrics.map(({ kind, role }, k) => ({
      ...{ id: k + 1, key: `metric-${k + 1}`, name: `Metric ${k + 1}`, description: '', kind, role, margin: null },
      ...{
        direction: 'increase',
        measureId: k + 1,
        outcome: 'outcome',
        filter: {},
        startSeconds: 0,
        windowSeconds: 60,
      },
      ...{ aggregate: kind === 'proportion' ? 'any' : 'sum', lower: Number.NEGATIVE_INFINITY, upper: Infinity },
      ...{ denominatorId: null, denominatorOutcome: null, denominatorFilter: null, denominatorAggregate: null },
      ...{
        quantile: null,
        capQuantile: null,
        proxyForId: null,
        proxyForKey: null,
        independentOfAnswer: false,
        createdAt: START,
      },
    })),
  };
}

/** Moments of n normal units, without drawing each. */
export function normalUnits(random: RandomStream, n: number, mean: number, deviation = 1): Moments {
  const m2 = n > 1 ? deviation * deviation * random.chiSquare(n - 1) : 0;
  return { n, mean: mean + (deviation * random.normal()) / Math.sqrt(n), m2, m3: 0 };
}

/** Moments of n units that each have an event or not. */
export function eventUnits(random: RandomStream, n: number, rate: number): Moments {
  const p = random.binomial(n, rate) / n;
  return { n, mean: p, m2: n * p * (1 - p), m3: n * p * (1 - p) * (1 - 2 * p) };
}
