import type { ExperimentEdit } from '../contract/life-cycle-contract.ts';
import type { Executor } from '../db/database.ts';
import { AssayError } from '../http/errors.ts';
import { listMetrics } from '../metrics/metric-store.ts';
import type { SlotRow } from '../slots/slot-store.ts';
import { audiencesOf } from '../targeting/audiences-of.ts';
import { checkPatterns } from '../targeting/check-patterns.ts';
import { checkExperiment } from './check-experiment.ts';
import { type ExperimentRow, newMetric, replaceMetrics, updateExperiment } from './experiment-store.ts';
import { phaseInputOf } from './phase-input-of.ts';

/** Name and hypothesis at any time; who takes part and what is measured only in a draft. */
export async function editExperiment(
  db: Executor,
  row: ExperimentRow,
  slot: SlotRow,
  edit: ExperimentEdit,
): Promise<void> {
  const { range, metrics: _, ...columns } = edit;
  if (Object.keys(edit).length === 0) {
    throw new AssayError(
      'invalid_request',
      'Nothing to change: send name, hypothesis, targeting, range, segments or metrics.',
    );
  }
  if (row.state !== 'draft') refuseAfterStart(row, edit);
  if (range || edit.metrics || edit.segments) {
    const parts = checkExperiment(wholeOf(row, edit), slot, await listMetrics(db, row.environmentId));
    if (edit.metrics) await replaceMetrics(db, row.id, parts.metrics.map(newMetric));
  }
  if (edit.targeting) {
    checkPatterns(edit.targeting, 'targeting');
    await audiencesOf(db, row.environmentId, edit.targeting);
  }
  const place = range ? { rangeFrom: range.from, rangeTo: range.to } : {};
  const set = { ...columns, ...place };
  if (Object.keys(set).length > 0) await updateExperiment(db, row.id, set);
}

/** The experiment as it would be declared with the edit in it. */
function wholeOf(row: ExperimentRow, edit: ExperimentEdit): Parameters<typeof checkExperiment>[0] {
  return {
    range: edit.range ?? { from: row.rangeFrom, to: row.rangeTo },
    segments: edit.segments ?? row.segments,
    metrics: edit.metrics ?? row.metrics.map(({ key, role, margin }) => ({ metric: key, role, margin })),
    phases: row.phases.map(phaseInputOf),
  };
}

function refuseAfterStart(row: ExperimentRow, edit: ExperimentEdit): void {
  const started = `"${row.key}" has started`;
  for (const field of ['targeting', 'range'] as const) {
    if (edit[field] === undefined) continue;
    throw new AssayError(
      'would_move_units',
      `${field}: ${started}, and another ${field} would move units in or out of it. Add a phase with ` +
        `POST /api/experiments/${row.key}/phases to change variants or weights, or conclude it and draft another.`,
    );
  }
  for (const field of ['segments', 'metrics'] as const) {
    if (edit[field] === undefined) continue;
    throw new AssayError(
      'not_possible_now',
      `${field}: ${started}, and what its phases measure is fixed. Conclude it and draft another.`,
    );
  }
}
