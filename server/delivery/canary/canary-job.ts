import type { Pool } from 'pg';
import { readPending } from '../../analysis/report-store/read-events.ts';
import { writeAudit } from '../../audit/audit-store.ts';
import { databaseOf, type Executor } from '../../db/database.ts';
import { inSnapshot } from '../../db/snapshot.ts';
import { type ExperimentRow, findExperiment, type PhaseRow } from '../../experiments/experiment-store.ts';
import { needLockedExperiment } from '../../experiments/need-experiment.ts';
import { runningPhase } from '../../experiments/phase-order.ts';
import { takeStep } from '../../experiments/ramp-moves.ts';
import { rollBack } from '../../experiments/roll-back.ts';
import { changeRuleset } from '../../ruleset/change-ruleset.ts';
import type { Services } from '../../services.ts';
import { type CanaryDecision, decideCanary } from './canary-decision.ts';
import { decisionNumbers } from './canary-numbers.ts';
import { readCanaryRows } from './canary-rows.ts';
import { type CanaryView, canaryView } from './canary-view.ts';
import { storeRatioAlarm } from './process-store.ts';

const ASSAY = 'Assay';

interface Running {
  environmentId: number;
  /** Of the experiment. */
  key: string;
}

/**
 * The controller's shell: looks at every running canary, and takes the step or the rollback that is due. Any process may
 * do so; each acts under the experiment's lock, and only if nobody has moved it since the look.
 */
export function canaryJob(services: Pick<Services, 'pool' | 'db' | 'rulesets' | 'now'>): () => Promise<void> {
  return async () => {
    const failures: unknown[] = [];
    for (const running of await listRunning(services.pool)) {
      // One that cannot be judged must not keep the others from their rollback.
      await control(services, running).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  };
}

async function listRunning(pool: Pool): Promise<Running[]> {
  const { rows } = await pool.query<Running>(
    `select e.environment_id as "environmentId", e.key from phase p join experiment e on e.id = p.experiment_id
     where p.mode = 'canary' and p.state = 'running' and e.state = 'running' order by p.id`,
  );
  return rows;
}

async function control(services: Pick<Services, 'pool' | 'db' | 'rulesets' | 'now'>, running: Running): Promise<void> {
  const { pool, now } = services;
  const row = await findExperiment(databaseOf(pool), running.environmentId, running.key);
  const phase = row && runningPhase(row);
  if (!row || phase?.mode !== 'canary' || row.state !== 'running') return;
  const at = now();
  const view = await readCanaryView(pool, row, phase, at);
  const decision = decideCanary(view.facts, at);
  if (view.ratio.alarm) await keepAlarm(services, row, phase, view, at);
  if (decision.kind === 'roll_back' || decision.kind === 'advance') await act(services, row, phase, view, decision, at);
  if (decision.kind === 'finish') await keepFinish(services, row, phase, view, decision, at);
}

export function readCanaryView(pool: Pool, row: ExperimentRow, phase: PhaseRow, now: Date): Promise<CanaryView> {
  return inSnapshot(pool, async (client) => {
    const { oldestAt } = await readPending(client, phase);
    const asOf = oldestAt && oldestAt < now ? oldestAt : now;
    const rows = await readCanaryRows(client, phase, asOf);
    const paused = row.state === 'paused';
    return canaryView({ phase, metrics: row.metrics, rows, paused, oldestPendingAt: oldestAt, now });
  });
}

async function act(
  services: Pick<Services, 'db' | 'rulesets'>,
  seen: ExperimentRow,
  phase: PhaseRow,
  view: CanaryView,
  decision: CanaryDecision,
  now: Date,
): Promise<void> {
  await changeRuleset(services, seen.environmentId, async (tx) => {
    const row = await needLockedExperiment(tx, seen.environmentId, seen.key);
    const current = runningPhase(row);
    if (row.state !== 'running' || current?.id !== phase.id || current.step !== phase.step) return;
    const numbers = decisionNumbers(view, decision);
    if (decision.kind === 'roll_back') return rollBack(tx, row, current, decision.sentence, numbers, now);
    if (current.hold) return;
    const taken = await takeStep(tx, current, numbers, now);
    await audit(tx, row, current, 'experiment.step', { ...numbers, ...taken });
  });
}

/** Writes once, into its last step, that the ramp is complete: the gate says pass from then on while nothing fails. */
async function keepFinish(
  services: Pick<Services, 'db' | 'pool'>,
  row: ExperimentRow,
  phase: PhaseRow,
  view: CanaryView,
  decision: CanaryDecision,
  now: Date,
): Promise<void> {
  const numbers = decisionNumbers(view, decision);
  const { rowCount } = await services.pool.query(
    `update phase_step set detail = detail || $3::jsonb
     where phase_id = $1 and step = $2 and not detail ? 'finishedAt'`,
    [phase.id, phase.step, JSON.stringify({ finishedAt: now.toISOString(), finished: numbers })],
  );
  if (rowCount === 1) await audit(services.db, row, phase, 'canary.complete', numbers);
}

async function keepAlarm(
  services: Pick<Services, 'db' | 'pool'>,
  row: ExperimentRow,
  phase: PhaseRow,
  { ratio }: CanaryView,
  now: Date,
): Promise<void> {
  if (!(await storeRatioAlarm(services.pool, phase.id, ratio.logE, now))) return;
  const { sentence, logE, perStep } = ratio;
  await audit(services.db, row, phase, 'canary.sample-ratio', { sentence, logE, perStep });
}

function audit(
  db: Executor,
  { environmentId, key }: ExperimentRow,
  phase: PhaseRow,
  action: string,
  detail: Record<string, unknown>,
): Promise<void> {
  return writeAudit(db, { environmentId, name: ASSAY }, action, `experiment:${key}`, {
    phase: phase.position,
    ...detail,
  });
}
