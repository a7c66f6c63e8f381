import type { ClientBase } from 'pg';
import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';
import { adaptiveEstimates } from './adaptive-estimates.ts';
import { type BanditPhase, banditPhase, finalBefore } from './bandit-phase.ts';
import type { BanditFinal, BanditResult } from './bandit-result.ts';
import { readBanditResult, readCurrentEpoch } from './bandit-store.ts';
import type { BanditSums } from './bandit-sums.ts';
import { readWaitSeconds } from './epoch-store.ts';
import { sumDecisions } from './read-decisions.ts';

/** Inference and off-policy sums of one phase, from its closed decisions. */
export async function computeBandit(
  client: ClientBase,
  row: ExperimentRow,
  phase: PhaseRow,
  asOf: Date,
): Promise<{ metricId: number; result: BanditResult }[]> {
  const bandit = banditPhase(row, phase);
  const closedTo = finalBefore(asOf, await readWaitSeconds(client, phase.id, bandit.reward.measureId));
  const sums = await sumDecisions(client, phase, bandit.settings.context, closedTo);
  const { rows } = await client.query<{ n: string }>('select count(*) as n from unit_decision where phase_id = $1', [
    phase.id,
  ]);
  const before = (await readBanditResult(client, phase.id))?.result.final ?? null;
  const final = before ?? (await finalOf(client, bandit, sums, closedTo));
  const result = { asOf: asOf.toISOString(), closedTo: closedTo.toISOString(), decisions: Number(rows[0]?.n ?? 0) };
  return [{ metricId: 0, result: { ...result, sums, final } }];
}

/** The one conclusion: of the decisions until the planned time, or of all when the planned units are reached. */
async function finalOf(
  client: ClientBase,
  { phase, settings }: BanditPhase,
  sums: BanditSums,
  closedTo: Date,
): Promise<BanditFinal | null> {
  const { durationSeconds, units, level } = phase.plan;
  const endAt = durationSeconds === null ? null : (phase.startedAt?.getTime() ?? 0) + durationSeconds * 1000;
  const timeIsUp = endAt !== null && endAt <= closedTo.getTime();
  if (!timeIsUp && (units === null || sums.units < units)) return null;
  const judged = timeIsUp ? await sumDecisions(client, phase, settings.context, new Date(endAt)) : sums;
  const { detail } = await readCurrentEpoch(client, phase);
  return {
    at: (timeIsUp ? new Date(endAt) : closedTo).toISOString(),
    units: judged.units,
    decisions: judged.decisions,
    estimates: adaptiveEstimates(
      judged,
      phase.split.map((each) => each.variant),
      level,
    ),
    probabilityBest: phase.split.map(
      (_, arm) => detail.posterior?.arms[arm]?.probabilityBest ?? 1 / phase.split.length,
    ),
  };
}
