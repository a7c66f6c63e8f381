import type { ClientBase } from 'pg';
import type { Mode } from '../../db/schema-types.ts';

/** Modes of phases that have started, ended ones too: what no phase is about is not looked for among the events. */
export async function startedModes(client: ClientBase): Promise<Set<Mode>> {
  const { rows } = await client.query<{ mode: Mode }>(
    'select distinct mode from phase where started_at is not null and frozen_at is null',
  );
  return new Set(rows.map((row) => row.mode));
}
