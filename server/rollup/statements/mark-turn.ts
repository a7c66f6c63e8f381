import type { ClientBase } from 'pg';

const UPSERT = 'on conflict (phase_id) do update set turn = excluded.turn';

/** Notes that the numbers of phases have moved; only under the roll-up lock, so that nobody waits for another. */
export async function markTurn(client: ClientBase, phases: number[]): Promise<void> {
  if (phases.length === 0) return;
  await client.query(
    `insert into phase_turn (phase_id, turn) select distinct id, turn from unnest($1::int[]) id cross join rollup_turn ${UPSERT}`,
    [phases],
  );
}

/** The same for what a cycle changed: units, totals, and phases whose calls were counted. */
export async function markTurnOfCycle(client: ClientBase, called: number[]): Promise<void> {
  await client.query(
    `insert into phase_turn (phase_id, turn)
     select id, turn
     from (select phase_id as id from roll_unit union select phase_id from roll_delta union select unnest($1::int[])) moved
     cross join rollup_turn ${UPSERT}`,
    [called],
  );
}
