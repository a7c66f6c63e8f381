import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { BatchAnswer } from '../../server/contract/events-contract.ts';

/** A UUIDv7 of now. */
export function newBatchId(at = Date.now()): string {
  const hex = at.toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export interface Stored {
  batches: { batch_id: string; received_at: Date; rejected: BatchAnswer['rejected']; rolled_at: Date | null }[];
  exposures: { unit_id: string; received_at: Date; at: Date; variant_id: number }[];
  outcomes: { unit_id: string; name: string; value: number; received_at: Date; at: Date }[];
}

/** What is stored of one batch. */
export async function storedOf(pool: pg.Pool, id: string): Promise<Stored> {
  const select = (table: string) => pool.query(`select * from ${table} where batch_id = $1 order by received_at`, [id]);
  const [batches, exposures, outcomes] = await Promise.all([select('batch'), select('exposure'), select('outcome')]);
  return { batches: batches.rows, exposures: exposures.rows, outcomes: outcomes.rows };
}

/** Waits until `check` is true. */
export async function until(check: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error('waited 10 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
