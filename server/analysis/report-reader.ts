import type * as contract from '../contract/report-contract.ts';
import { inSnapshot, PLANNED_ONCE } from '../db/snapshot.ts';
import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import type { Services } from '../services.ts';
import { type PastEffects, readPastEffects } from './past-effects.ts';
import { buildReport } from './report.ts';
import { readReportRows } from './report-store.ts';

type Reading = Pick<Services, 'pool' | 'now'>;

/** The report of one phase, the current one by default, as it stands. */
export async function readReport(
  services: Reading,
  row: ExperimentRow,
  phase: PhaseRow | null = reportedPhase(row),
): Promise<contract.Report> {
  // Only what is asked of the past is read: how well a proxy that decides predicted its business metric.
  const asks = row.metrics.some((each) => each.role === 'primary' && each.proxyForId !== null);
  return reportWith(services, row, phase, asks ? await readPastEffects(services.pool, row.environmentId) : null);
}

/** Without the past, which is nothing that a verdict or gate asks for. */
export function readVerdictReport(
  services: Reading,
  row: ExperimentRow,
  phase: PhaseRow | null = reportedPhase(row),
): Promise<contract.Report> {
  return reportWith(services, row, phase, null);
}

async function reportWith(
  { pool, now }: Reading,
  row: ExperimentRow,
  phase: PhaseRow | null,
  past: PastEffects | null,
): Promise<contract.Report> {
  const at = now();
  const rows = phase && (await inSnapshot(pool, (client) => readReportRows(client, phase, at), PLANNED_ONCE));
  return buildReport(row, phase, rows, past, at);
}

/** The running phase, else the last one that ran. */
export function reportedPhase(row: ExperimentRow): PhaseRow | null {
  const started = row.phases.filter((each) => each.state !== 'planned');
  return started.find((each) => each.state === 'running') ?? started.at(-1) ?? null;
}
