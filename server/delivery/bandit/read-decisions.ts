import type { ClientBase } from 'pg';
import { bucketOf } from '../../../sdk/index.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import {
  addUnitGroups,
  type BanditSums,
  type DecisionGroup,
  earlierMeans,
  FOLDS,
  type Predictions,
  startSums,
} from './bandit-sums.ts';
import { weightsIn } from './ratio-log.ts';

/** Rows fetched at a time: a phase may have millions. */
const FETCH = 5_000;

/** Sums over all units of the decisions made before `before`. */
export async function sumDecisions(
  client: ClientBase,
  phase: PhaseRow,
  context: string | null,
  before: Date,
): Promise<BanditSums> {
  const arms = phase.split.map((each) => each.variantId);
  const predict = await readPredictions(client, phase.id, arms, before);
  const weightsOf = await readWeights(client, phase.id, arms);
  const sums = startSums(arms.length);
  let groups: DecisionGroup[] = [];
  const flush = () => {
    const unit = groups[0]?.unit;
    if (unit !== undefined) addUnitGroups(sums, groups, predict, bucketOf(unit) % FOLDS);
    groups = [];
  };
  await client.query(`declare decisions no scroll cursor for ${GROUPS}`, [phase.id, context, before]);
  for (;;) {
    const { rows } = await client.query<GroupRow>(`fetch ${FETCH} from decisions`);
    for (const row of rows) {
      const arm = arms.indexOf(row.variant_id);
      const weights = weightsOf(row.step, row.context);
      // An epoch or variant that the phase never had cannot be judged.
      if (arm < 0 || weights === null) continue;
      if (groups[0] && groups[0].unit !== row.unit_id) flush();
      const { propensity, reward } = row;
      const decisions = Number(row.decisions);
      groups.push({ unit: row.unit_id, epoch: row.step, weights, arm, decisions, reward, propensity });
    }
    if (rows.length < FETCH) break;
  }
  flush();
  await client.query('close decisions');
  return sums;
}

interface GroupRow {
  unit_id: string;
  step: number;
  context: string | null;
  variant_id: number;
  propensity: number;
  decisions: string;
  reward: number;
}

const GROUPS = `
  select d.unit_id, d.step, v.value as context, d.variant_id, d.propensity, count(*) as decisions, sum(d.reward) as reward
  from unit_decision d
  left join segment_value v on v.phase_id = d.phase_id and v.attribute = $2 and v.value is not null and v.id = any(d.segment)
  where d.phase_id = $1 and d.at < $3
  group by 1, 2, 3, 4, 5 order by 1`;

async function readPredictions(
  client: ClientBase,
  phaseId: number,
  arms: number[],
  before: Date,
): Promise<Predictions> {
  const { rows } = await client.query<{ step: number; variant_id: number; decisions: string; reward: number }>(
    `select step, variant_id, count(*) as decisions, sum(reward) as reward from unit_decision
     where phase_id = $1 and at < $2 group by 1, 2 order by 1, 2`,
    [phaseId, before],
  );
  const epochs = [...new Set(rows.map((row) => row.step))];
  const byEpoch = new Map(epochs.map((epoch) => [epoch, arms.map(() => ({ decisions: 0, reward: 0 }))]));
  for (const { step, variant_id, decisions, reward } of rows) {
    const place = byEpoch.get(step)?.[arms.indexOf(variant_id)];
    if (place) Object.assign(place, { decisions: Number(decisions), reward });
  }
  return earlierMeans(
    epochs.map((epoch) => ({ epoch, arms: byEpoch.get(epoch) ?? [] })),
    arms.length,
  );
}

/** Weights by arm that an epoch had for a context; null for an epoch that was not one of the phase's. */
async function readWeights(
  client: ClientBase,
  phaseId: number,
  arms: number[],
): Promise<(epoch: number, context: string | null) => number[] | null> {
  const { rows } = await client.query<{
    step: number;
    weights: Record<string, number>;
    contexts: Record<string, Record<string, number>> | null;
  }>('select step, weights, contexts from phase_step where phase_id = $1', [phaseId]);
  const epochs = new Map(rows.map((row) => [row.step, row]));
  const known = new Map<string, number[]>();
  return (epoch, context) => {
    const row = epochs.get(epoch);
    if (!row) return null;
    const key = `${epoch}:${context ?? ''}:${context === null}`;
    const weights = known.get(key) ?? arms.map((id) => weightsIn(row, context)[id] ?? 0);
    known.set(key, weights);
    return weights;
  };
}
