import type pg from 'pg';
import type { Report } from '../../server/contract/report-contract.ts';
import { type ExpectedVariant, expectedVariants } from './report-oracle.ts';
import type { TorturedExperiment } from './torture-experiments.ts';

/** Reports carry sums without rounding; only the totals of single units are floats. */
const RELATIVE = 1e-9;

/** What a report says of its variants otherwise than the raw events do; all units must be mature by its clock. */
export async function checkReport(pool: pg.Pool, experiment: TorturedExperiment, report: Report): Promise<string[]> {
  const expected = await expectedVariants(pool, experiment);
  const problems: string[] = [];
  const same = (what: string, actual: unknown, wanted: unknown) => {
    if (actual !== wanted) problems.push(`report "${experiment.key}": ${what} is ${actual}, by raw events ${wanted}`);
  };
  for (const [variant, of] of expected) {
    const told = report.variants.find((each) => each.variant === variant);
    same(`units of ${variant}`, told?.units, of.units);
    same(`mixed units of ${variant}`, told?.mixedUnits, of.mixed);
    same(`calls of ${variant}`, (told?.calls?.made ?? 0) - (told?.calls?.missing ?? 0), of.calls.made);
    same(`failed calls of ${variant}`, told?.calls?.errors ?? 0, of.calls.errors);
  }
  const shown = report.exposures.points.reduce((sum, point) => sum + point.units, 0);
  const units = [...expected.values()].reduce((sum, each) => sum + each.units, 0);
  same('sum of new units over time', shown, units);
  for (const metric of report.metrics) problems.push(...checkMetric(experiment.key, metric, expected));
  same('number of metrics', report.metrics.length, experiment.metrics.length);
  return problems;
}

function checkMetric(key: string, metric: Report['metrics'][number], expected: Map<string, ExpectedVariant>): string[] {
  const problems: string[] = [];
  const near = (what: string, actual: number | null | undefined, wanted: number | null, scale: number) => {
    if (actual === wanted) return;
    const within = RELATIVE * (Math.abs(wanted ?? 0) + Math.abs(scale));
    if (typeof actual === 'number' && wanted !== null && Math.abs(actual - wanted) <= within) return;
    problems.push(`report "${key}": ${what} of ${metric.key} is ${actual}, by raw events ${wanted}`);
  };
  for (const [variant, { metrics }] of expected) {
    const wanted = metrics[metric.key];
    const told = metric.variants.find((each) => each.variant === variant);
    const error = wanted?.standardError ?? 0;
    near(`mature units in ${variant}`, told?.matureUnits, wanted?.units ?? 0, 0);
    near(`open units in ${variant}`, told?.openUnits, 0, 0);
    if (!wanted) continue;
    near(`value in ${variant}`, told?.value, wanted.value, error);
    if (wanted.standardError !== null) near(`standard error in ${variant}`, told?.standardError, error, 0);
    const control = expected.get('old')?.metrics[metric.key];
    if (variant === 'old' || wanted.value === null || !control || control.value === null) continue;
    const difference = metric.comparisons.find((each) => each.variant === variant)?.difference;
    const scale = Math.abs(control.value) + error + (control.standardError ?? 0);
    // Of rates there is none where events are rare.
    if (difference) near(`difference of ${variant}`, difference.estimate, wanted.value - control.value, scale);
  }
  return problems;
}
