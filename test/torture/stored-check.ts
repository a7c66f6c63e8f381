import type pg from 'pg';
import type { SentBatch, WireLedger } from './wire-ledger.ts';

export interface StoredTally {
  sent: number;
  acknowledged: number;
  stored: number;
}

const MISSING_CALL = /^outcome\|.*\|assay\.error\|.*\|missing$/;
/** So many problems are told in full. */
const TELL = 10;

/**
 * Compares what is stored with what was sent, row by row: of an acknowledged batch every good event once and nothing
 * else, of any other batch the same or nothing at all.
 */
export async function checkStored(pool: pg.Pool, ledger: WireLedger): Promise<StoredTally> {
  const { rows: batches } = await pool.query<{ batch_id: string; rolled: boolean }>(
    'select batch_id, rolled_at is not null as rolled from batch',
  );
  const known = new Set(batches.map((each) => each.batch_id));
  const stored = await storedEvents(pool);
  const problems: string[] = [];
  const tally: StoredTally = { sent: 0, acknowledged: 0, stored: 0 };
  for (const batch of ledger.batches.values()) {
    const good = goodEvents(batch);
    const found = stored.get(batch.id) ?? [];
    tally.sent += good.length;
    if (batch.acknowledged) tally.acknowledged += good.length;
    tally.stored += found.length;
    const told = `${batch.acknowledged ? 'acknowledged' : 'unanswered'} batch ${batch.id} of ${batch.from}`;
    if (known.has(batch.id)) problems.push(...differences(told, good, found));
    else if (batch.acknowledged) problems.push(`${told} with ${good.length} events is lost`);
    else if (found.length > 0) problems.push(`${told} is not stored, but ${found.length} events of it are`);
    known.delete(batch.id);
    stored.delete(batch.id);
  }
  for (const id of new Set([...known, ...stored.keys()])) {
    const lines = stored.get(id) ?? [];
    // The server writes such batches itself, for calls of which no record came.
    if (lines.length > 0 && lines.every((line) => MISSING_CALL.test(line))) continue;
    problems.push(`batch ${id} is stored, but ${ledger.malformed.has(id) ? 'is malformed' : 'nobody sent it'}`);
  }
  problems.push(...(await brokenRules(pool)));
  ledger.violations.push(...problems.slice(0, TELL));
  if (problems.length > TELL) ledger.violations.push(`… and ${problems.length - TELL} more of what is stored`);
  return tally;
}

/** Events as lines that can be compared, by batch. */
async function storedEvents(pool: pg.Pool): Promise<Map<string, string[]>> {
  const stored = new Map<string, string[]>();
  const add = (batch: string, line: string) => {
    const lines = stored.get(batch);
    if (lines) lines.push(line);
    else stored.set(batch, [line]);
  };
  const exposures = await pool.query(
    'select e.*, v.key as variant from exposure e join variant v on v.id = e.variant_id',
  );
  for (const { batch_id, unit_id: unit, phase_id: phase, step, variant, decision_id: decision } of exposures.rows) {
    add(batch_id, lineOf({ type: 'exposure', unit, phase, step, variant, decision }));
  }
  const outcomes = await pool.query('select * from outcome');
  for (const {
    batch_id,
    unit_id: unit,
    name,
    value,
    decision_id: decision,
    item_id: item,
    properties,
  } of outcomes.rows) {
    add(batch_id, lineOf({ type: 'outcome', unit, name, value, decision, item, properties }));
  }
  return stored;
}

function goodEvents({ events, poisoned }: SentBatch): string[] {
  return events.flatMap((event, place) => (poisoned.has(place) ? [] : [lineOf(event as Record<string, unknown>)]));
}

function lineOf(event: Record<string, unknown>): string {
  const { type, unit, phase, step, variant, decision, name, value, item, properties } = event;
  const { channel, status } = (properties ?? {}) as Record<string, unknown>;
  const parts =
    type === 'exposure'
      ? [type, unit, phase, step, variant, decision]
      : [type, unit, name, value ?? 1, decision, item, channel, status];
  return parts.map((each) => Buffer.from(String(each ?? '')).toString()).join('|');
}

function differences(told: string, good: string[], found: string[]): string[] {
  const counts = new Map<string, number>();
  for (const each of good) counts.set(each, (counts.get(each) ?? 0) + 1);
  for (const each of found) counts.set(each, (counts.get(each) ?? 0) - 1);
  const wrong = [...counts].filter(([, count]) => count !== 0);
  const examples = wrong.slice(0, 3).map(([line, count]) => `${count > 0 ? 'missing' : 'too many'}: ${line}`);
  return wrong.length === 0 ? [] : [`${told}: ${wrong.length} events differ, ${examples.join('; ')}`];
}

/** What must hold of the tables whatever was sent. */
async function brokenRules(pool: pg.Pool): Promise<string[]> {
  const rules: [string, string][] = [
    ['batches not rolled up', 'select count(*) as n from batch where rolled_at is null'],
    ['units not computed again', 'select count(*) as n from roll_dirty'],
    [
      'events whose time of receipt is not that of their batch',
      `select count(*) as n from (select batch_id, received_at from exposure union all select batch_id, received_at from outcome) e
       join batch b using (batch_id) where b.received_at <> e.received_at`,
    ],
    [
      'events later than their receipt',
      `select count(*) as n from (select at, received_at from exposure union all select at, received_at from outcome) e
       where at > received_at + interval '1 s'`,
    ],
  ];
  const counts = await Promise.all(rules.map(([, sql]) => pool.query<{ n: string }>(sql)));
  return rules.flatMap(([name], i) => {
    const n = Number(counts[i]?.rows[0]?.n);
    return n === 0 ? [] : [`${n} ${name}`];
  });
}
