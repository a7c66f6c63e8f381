import type { Pool } from 'pg';
import { readVerdictReport } from '../analysis/report-reader.ts';
import { readPending } from '../analysis/report-store/read-events.ts';
import { readAudit, writeAudit } from '../audit/audit-store.ts';
import type { Report } from '../contract/report-contract.ts';
import { databaseOf } from '../db/database.ts';
import { type ExperimentRow, findExperiment, type PhaseRow } from '../experiments/experiment-store.ts';
import { needLockedExperiment } from '../experiments/need-experiment.ts';
import { nextPhase, runningPhase } from '../experiments/phase-order.ts';
import { ASSAY } from '../experiments/roll-back.ts';
import { advance } from '../experiments/transitions.ts';
import { AssayError } from '../http/errors.ts';
import { changeRuleset } from '../ruleset/change-ruleset.ts';
import type { Services } from '../services.ts';

/** A gate is asked again after this many times what the last answer took. */
const REST = 10;
/** Data that wait longer than this are missing from the report. */
const STALE_MS = 60_000;

type GateServices = Pick<Services, 'pool' | 'db' | 'rulesets' | 'now'>;

interface Gated {
  environmentId: number;
  /** Of the experiment. */
  key: string;
  phaseId: number;
}

/**
 * Gates between phases: where a phase is to hand over by itself and its report says pass, the next one starts. Any
 * process may do so; each acts under the experiment's lock, and only if nobody has moved it since the report.
 */
export function gateJob(services: GateServices): () => Promise<void> {
  const asked = new Map<number, { at: number; tookMs: number }>();
  return async () => {
    const failures: unknown[] = [];
    for (const gated of await listGated(services.pool)) {
      const last = asked.get(gated.phaseId);
      const startedAt = performance.now();
      if (last && startedAt - last.at < REST * last.tookMs) continue;
      await askGate(services, gated).catch((error: unknown) => failures.push(error));
      asked.set(gated.phaseId, { at: startedAt, tookMs: performance.now() - startedAt });
    }
    if (failures.length > 0) throw failures[0];
  };
}

async function listGated(pool: Pool): Promise<Gated[]> {
  const { rows } = await pool.query<Gated>(
    `select e.environment_id as "environmentId", e.key, p.id as "phaseId"
     from phase p join experiment e on e.id = p.experiment_id
     where p.state = 'running' and p.gate = 'automatic' and p.hold is null and e.state = 'running'
       and exists (select from phase q where q.experiment_id = e.id and q.state = 'planned')
     order by p.id`,
  );
  return rows;
}

async function askGate(services: GateServices, { environmentId, key, phaseId }: Gated): Promise<void> {
  const { pool, now } = services;
  const row = await findExperiment(databaseOf(pool), environmentId, key);
  const phase = row && runningPhase(row);
  if (!row || phase?.id !== phaseId) return;
  const { oldestAt } = await readPending(pool, phase);
  if (oldestAt && now().getTime() - oldestAt.getTime() > STALE_MS) return;
  const report = await readVerdictReport(services, row, phase);
  if (!handsOver(report)) return;
  await handOver(services, row, phase, report.gate).catch(async (error: unknown) => {
    if (!(error instanceof AssayError)) throw error;
    await keepRefusal(services, row, phase, error.message);
  });
}

/** Only a pass on data that deserve trust: an alarm or a lag blocks, whatever the gate says. */
export function handsOver(report: Pick<Report, 'gate' | 'health'>): report is Report & { gate: { state: 'pass' } } {
  if (report.gate?.state !== 'pass') return false;
  return !report.health.some(
    (each) => each.status === 'alarm' || (each.check === 'pending' && each.status === 'warning'),
  );
}

async function handOver(
  services: GateServices,
  { environmentId, key }: ExperimentRow,
  seen: PhaseRow,
  { sentence, limits }: NonNullable<Report['gate']>,
): Promise<void> {
  await changeRuleset(services, environmentId, async (tx) => {
    const row = await needLockedExperiment(tx, environmentId, key);
    const current = runningPhase(row);
    if (row.state !== 'running' || current?.id !== seen.id || current.step !== seen.step) return;
    if (current.gate !== 'automatic' || current.hold || !nextPhase(row)) return;
    await advance(tx, row, sentence, services.now());
    const detail = { reason: sentence, from: current.position, to: nextPhase(row)?.position, limits };
    await writeAudit(tx, { environmentId, name: ASSAY }, 'experiment.advance', `experiment:${key}`, detail);
  });
}

/** The next phase cannot start: said once in the history, where people look for why nothing moves. */
async function keepRefusal(
  { db }: GateServices,
  { environmentId, key }: ExperimentRow,
  phase: PhaseRow,
  reason: string,
): Promise<void> {
  const action = 'experiment.advance-refused';
  const subject = `experiment:${key}`;
  await db.transaction(async (tx) => {
    await needLockedExperiment(tx, environmentId, key);
    const known = (await readAudit(tx, environmentId, subject)).some(
      ({ action: did, detail }) => did === action && detail.phase === phase.position && detail.reason === reason,
    );
    if (!known) {
      await writeAudit(tx, { environmentId, name: ASSAY }, action, subject, { phase: phase.position, reason });
    }
  });
}
