import type { Queryable } from '../../db/queryable.ts';
import type { CanarySettings } from '../../db/schema-types.ts';
import { alphaOfOne, decodeEvidence, encodeEvidence, SAMPLE_RATIO_PLACE } from './guardrail-record.ts';
import { type RateEvidence, startEvidence } from './rate-evidence.ts';

export interface ProcessRow {
  metric_id: number;
  kind: string;
  stratum: number;
  log_e: number[];
  at: Date;
}

export async function readProcesses(db: Queryable, phaseId: number): Promise<ProcessRow[]> {
  const { rows } = await db.query<ProcessRow>(
    'select metric_id, kind, stratum, log_e, at from process where phase_id = $1 order by metric_id, kind, stratum',
    [phaseId],
  );
  return rows;
}

/** Evidence of one guardrail from its stored rows. */
export function evidenceOf(rows: ProcessRow[], guardrail: number, settings: CanarySettings): RateEvidence {
  const own = rows.filter((row) => row.metric_id === guardrail);
  const side = (kind: 'fail' | 'pass') => own.find((row) => row.kind === kind);
  const bound = -Math.log(alphaOfOne(settings));
  const [fail, pass] = [decodeEvidence('fail', side('fail')?.log_e), decodeEvidence('pass', side('pass')?.log_e)];
  const events = new Map(
    own
      .filter((row) => row.kind === 'events')
      .map(({ stratum, log_e: [candidate = 0, control = 0, waiting = 0] }) => [
        stratum,
        { candidate, control, waiting },
      ]),
  );
  return {
    ...startEvidence(),
    fail,
    pass,
    failedAt: fail.highestLogE >= bound ? (side('fail')?.at ?? null) : null,
    passedAt: pass.highestLogE >= bound ? (side('pass')?.at ?? null) : null,
    events,
  };
}

/** Stores the evidence of one guardrail; `at`: of the last event it holds. */
export async function storeEvidence(
  db: Queryable,
  phaseId: number,
  guardrail: number,
  { fail, pass, failedAt, passedAt, events }: RateEvidence,
  at: Date,
): Promise<void> {
  await upsertProcess(db, phaseId, guardrail, 'fail', 0, encodeEvidence(fail), failedAt ?? at);
  await upsertProcess(db, phaseId, guardrail, 'pass', 0, encodeEvidence(pass), passedAt ?? at);
  for (const [step, { candidate, control, waiting }] of events) {
    await upsertProcess(db, phaseId, guardrail, 'events', step, [candidate, control, waiting], at);
  }
}

/** Keeps the first moment at which the sample ratio was an alarm. */
export async function storeRatioAlarm(db: Queryable, phaseId: number, logE: number, at: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into process (phase_id, metric_id, kind, stratum, log_e, at) values ($1, $2, 'fail', 0, $3, $4)
     on conflict do nothing`,
    [phaseId, SAMPLE_RATIO_PLACE, [logE], at],
  );
  return rowCount === 1;
}

async function upsertProcess(
  db: Queryable,
  phaseId: number,
  guardrail: number,
  kind: string,
  stratum: number,
  numbers: number[],
  at: Date,
): Promise<void> {
  await db.query(
    `insert into process (phase_id, metric_id, kind, stratum, log_e, at) values ($1, $2, $3, $4, $5, $6)
     on conflict (phase_id, metric_id, kind, stratum) do update set log_e = excluded.log_e, at = excluded.at`,
    [phaseId, guardrail, kind, stratum, numbers, at],
  );
}
