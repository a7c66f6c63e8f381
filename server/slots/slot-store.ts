import { randomBytes } from 'node:crypto';
import { and, asc, eq, inArray } from 'drizzle-orm';
import type { Executor } from '../db/database.ts';
import { slot, variant } from '../db/schema.ts';

export interface SlotRow {
  id: number;
  key: string;
  output: 'value' | 'ranking';
  salt: string;
  champion: string;
  timeoutMs: number;
  fallback: 'champion' | null;
  createdAt: Date;
  variants: { id: number; key: string; payload: unknown }[];
}

/** Salts are generated, unique and free of ":"; people never type them. */
export function newSalt(): string {
  return randomBytes(12).toString('hex');
}

export async function listSlots(db: Executor, environmentId: number): Promise<SlotRow[]> {
  const slots = await db.select().from(slot).where(eq(slot.environmentId, environmentId)).orderBy(asc(slot.key));
  if (slots.length === 0) return [];
  const variants = await db
    .select()
    .from(variant)
    .where(
      inArray(
        variant.slotId,
        slots.map((row) => row.id),
      ),
    )
    .orderBy(asc(variant.id));
  const bySlot = groupBySlot(variants);
  return slots.map((row) => ({ ...row, variants: bySlot.get(row.id) ?? [] }));
}

function groupBySlot<T extends { slotId: number }>(rows: T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) groups.set(row.slotId, [...(groups.get(row.slotId) ?? []), row]);
  return groups;
}

export async function findSlot(db: Executor, environmentId: number, key: string): Promise<SlotRow | null> {
  const [row] = await db
    .select()
    .from(slot)
    .where(and(eq(slot.environmentId, environmentId), eq(slot.key, key)));
  if (!row) return null;
  const variants = await db.select().from(variant).where(eq(variant.slotId, row.id)).orderBy(asc(variant.id));
  return { ...row, variants };
}

export async function insertSlot(
  db: Executor,
  environmentId: number,
  input: Pick<SlotRow, 'key' | 'output' | 'champion' | 'timeoutMs' | 'fallback'>,
): Promise<number | null> {
  const [row] = await db
    .insert(slot)
    .values({ ...input, environmentId, salt: newSalt() })
    .onConflictDoNothing()
    .returning({ id: slot.id });
  return row?.id ?? null;
}

export async function insertVariants(
  db: Executor,
  slotId: number,
  variants: { key: string; payload?: unknown }[],
): Promise<number> {
  const rows = await db
    .insert(variant)
    .values(variants.map((each) => ({ slotId, key: each.key, payload: each.payload ?? null })))
    .onConflictDoNothing()
    .returning({ id: variant.id });
  return rows.length;
}

export async function setChampion(db: Executor, slotId: number, champion: string): Promise<void> {
  await db.update(slot).set({ champion }).where(eq(slot.id, slotId));
}
