import type { ClientBase } from 'pg';
import { inTurn } from '../../analysis/phase-turn.ts';
import { readPending } from '../../analysis/report-store/read-events.ts';
import { databaseOf } from '../../db/database.ts';
import { type ExperimentRow, findExperiment } from '../../experiments/experiment-store.ts';
import { needLockedExperiment } from '../../experiments/need-experiment.ts';
import { enterStep } from '../../experiments/step-store.ts';
import { bumpRuleset } from '../../ruleset/ruleset-store.ts';
import type { Services } from '../../services.ts';
import { type BanditPhase, banditPhase, closesBefore, finalBefore, periodOf, renewalDue } from './bandit-phase.ts';
import { closeEpoch } from './close-epoch.ts';
import {
  type DuePhase,
  dropContextDetail,
  listBanditPhases,
  markClosed,
  readClosable,
  readClosedCells,
  readWaitSeconds,
} from './epoch-store.ts';
import { type NextEpoch, nextEpoch } from './next-epoch.ts';
import { addRatioLog, epochEvidence } from './ratio-log.ts';

/** Epochs closed in one transaction. */
const CLOSED_AT_ONCE = 50;

/**
 * The job of bandits: closes epochs whose rewards are complete, and renews the weights of running phases. A phase that
 * fails does not keep the others from theirs; the first failure is thrown at the end.
 */
export async function takeEpochs(services: Services): Promise<void> {
  const failures: unknown[] = [];
  for (const due of await listBanditPhases(services.pool)) {
    try {
      await closeEpochs(services, due);
      await renewWeights(services, due);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * Puts epochs whose windows and lateness have passed, and whose events are all rolled up, into the moments, each exactly
 * once: the transaction that adds them marks them closed.
 */
async function closeEpochs({ pool, now }: Services, due: DuePhase): Promise<void> {
  const row = await findExperiment(databaseOf(pool), due.environmentId, due.key);
  const phase = row?.phases.find((each) => each.id === due.phaseId);
  if (!row || !phase) return;
  const bandit = banditPhase(row, phase);
  const at = now();
  await inTurn(pool, due.phaseId, (client) => closeDue(client, bandit, at));
}

async function closeDue(client: ClientBase, bandit: BanditPhase, now: Date): Promise<void> {
  const { phase, reward } = bandit;
  const { oldestAt } = await readPending(client, phase);
  const asOf = oldestAt && oldestAt < now ? oldestAt : now;
  const wait = await readWaitSeconds(client, phase.id, reward.measureId);
  const before = finalBefore(asOf, wait);
  const ended = closesBefore(asOf, wait, bandit.settings.epochSeconds);
  for (const epoch of await readClosable(client, phase.id, ended, CLOSED_AT_ONCE)) {
    const period = periodOf(phase.startedAt ?? epoch.startedAt, epoch.startedAt);
    const counts = await closeEpoch(client, bandit, { step: epoch.step, ...period, before });
    await addRatioLog(client, phase.id, epochEvidence(epoch, counts), now);
    await markClosed(client, phase.id, epoch.step, asOf);
  }
}

/** Enters the next epoch when it is due; the posterior is computed before the lock is taken, which others wait for. */
async function renewWeights(services: Services, due: DuePhase): Promise<void> {
  const { pool, db, rulesets, now } = services;
  const at = now();
  const row = await findExperiment(databaseOf(pool), due.environmentId, due.key);
  const bandit = row && dueBandit(row, due.phaseId);
  if (!bandit || !(await isDue(services, bandit, at))) return;
  const { phase, settings, reward } = bandit;
  const ids = phase.split.map((each) => each.variantId);
  const next = nextEpoch(bandit, await readClosedCells(pool, phase.id, reward.measureId, ids, settings.context));
  const entered = await db.transaction(async (tx) => {
    const locked = dueBandit(await needLockedExperiment(tx, due.environmentId, due.key), due.phaseId);
    if (locked?.phase.step !== phase.step) return false;
    await enterStep(tx, phase.id, { step: phase.step + 1, ...stored(next) }, at);
    await bumpRuleset(tx, due.environmentId);
    return true;
  });
  if (!entered) return;
  await dropContextDetail(pool, phase.id, phase.step + 1);
  await rulesets.refresh(due.environmentId);
}

const stored = ({ detail, ...rest }: NextEpoch) => ({ ...rest, detail: { ...detail } });

/** The phase while its weights may change: running, in an experiment that is not paused. */
function dueBandit(row: ExperimentRow, phaseId: number): BanditPhase | null {
  const phase = row.phases.find((each) => each.id === phaseId);
  return row.state === 'running' && phase?.state === 'running' ? banditPhase(row, phase) : null;
}

async function isDue({ pool }: Services, { phase, settings }: BanditPhase, now: Date): Promise<boolean> {
  const { rows } = await pool.query<{ startedAt: Date }>(
    'select started_at as "startedAt" from phase_step where phase_id = $1 and step = $2',
    [phase.id, phase.step],
  );
  const startedAt = rows[0]?.startedAt;
  if (!startedAt) return false;
  return now.getTime() >= renewalDue(phase.startedAt ?? startedAt, startedAt, settings.epochSeconds);
}
