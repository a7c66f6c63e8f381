import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import { AssayError } from '../http/errors.ts';
import type { ReportMetric } from './arms.ts';
import { reportedPhase } from './report-reader.ts';

/** A metric of an experiment by the key that a request names; its first one when it names none. */
export function metricOf(row: ExperimentRow, key: unknown): ReportMetric {
  const found = key === undefined ? row.metrics[0] : row.metrics.find((each) => each.key === key);
  if (found) return found;
  const keys = row.metrics.map((each) => `"${each.key}"`).join(', ');
  throw new AssayError('not_found', `"${row.key}" has no metric "${String(key)}": it has ${keys || 'none'}.`);
}

/** A phase that has started, by the position that a request names. */
export function startedPhase(row: ExperimentRow, position: unknown): PhaseRow {
  const started = row.phases.filter((each) => each.state !== 'planned');
  const found = started.find((each) => String(each.position) === position);
  if (found) return found;
  const positions = started.map((each) => each.position).join(', ');
  throw new AssayError(
    'not_found',
    `"${row.key}" has no report of a phase ${String(position)}: ${positions ? `phases ${positions} have one` : 'none has started'}.`,
  );
}

/** The same, or the current or last one when a request names none. */
export function phaseOf(row: ExperimentRow, position: unknown): PhaseRow {
  const phase = position === undefined ? reportedPhase(row) : startedPhase(row, position);
  if (phase) return phase;
  throw new AssayError('not_possible_now', `"${row.key}" has not started: there is nothing to report.`);
}
