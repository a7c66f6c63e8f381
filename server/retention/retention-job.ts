import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { isoDay, listPartitions } from '../db/partitions.ts';
import type { Services } from '../services.ts';
import { dropPartitions } from './drop-partitions.ts';
import { forgetSlotMinutes, forgetUnitDays } from './forget-days.ts';
import { type CutOff, freezePhases } from './freeze-phases.ts';

const DAY_MS = 86_400_000;
/** Days with events that must follow before a day may go: a clock that runs ahead for less drops nothing. */
const DAYS_SEEN = 7;
/** The roll-up lock is free again within a second or so; else the next round will do. */
const TRIES = 20;
const TRY_EVERY_MS = 100;

/**
 * Drops raw events that were received more than `ASSAY_RETENTION_DAYS` ago: whole days, none that an unfinished phase
 * still needs and none with events that are not rolled up. 0 days: keeps everything.
 */
export function retentionJob({ pool, config, log, now }: Pick<Services, 'pool' | 'config' | 'log' | 'now'>) {
  return async (): Promise<void> => {
    if (config.retentionDays === 0) return;
    const cut = await cutOffAt(pool, config.retentionDays, now());
    if (!cut) return;
    const partitions = await dropPartitions(pool, cut.day);
    await forgetSlotMinutes(pool, cut.day);
    await forgetUnitDays(pool, cut.day);
    const before = isoDay(cut.day);
    if (partitions > 0) log.info({ before, partitions, frozen: cut.frozen }, 'retention: dropped raw events');
    if (cut.kept) log.info(cut.kept, 'retention: older raw events are kept because they are still needed');
  };
}

/** Null where nothing is old enough, where too few days with events have followed, or while the roll-up is busy. */
async function cutOffAt(pool: Pool, retentionDays: number, now: Date): Promise<CutOff | null> {
  const wanted = Math.floor(now.getTime() / DAY_MS) - retentionDays;
  const partitions = await listPartitions(pool);
  if (!partitions.some(({ day }) => day < wanted)) return null;
  const later = partitions.filter(({ table, day }) => table !== 'batch' && day >= wanted);
  if (!(await hadEventsOn(pool, later, DAYS_SEEN))) return null;
  for (let tries = 0; tries < TRIES; tries++) {
    const cut = await freezePhases(pool, wanted, now);
    if (cut) return cut;
    await sleep(TRY_EVERY_MS);
  }
  return null;
}

/** Whether events were received on so many different days. */
async function hadEventsOn(pool: Pool, partitions: { name: string; day: number }[], wanted: number): Promise<boolean> {
  const seen = new Set<number>();
  for (const { name, day } of partitions) {
    if (seen.has(day)) continue;
    const { rows } = await pool.query<{ found: boolean }>(`select exists (select from ${name}) as found`);
    if (rows[0]?.found) seen.add(day);
    if (seen.size >= wanted) return true;
  }
  return false;
}
