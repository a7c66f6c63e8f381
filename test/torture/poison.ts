import { newBatchId } from '../integration/ingest-fixture.ts';
import type { Dice } from './dice.ts';

const DAY = 86_400_000;

/** An event that must be rejected, at no cost to others. */
export function poisonEvent(dice: Dice, good: Record<string, unknown>): unknown {
  const outcome = { type: 'outcome', unit: 'poison', name: 'spend', at: Date.now() };
  const exposure = { ...good, type: 'exposure', slot: 'long', variant: 'new' };
  return dice.pick<unknown>([
    { ...outcome, unit: 'a\0b' },
    { ...outcome, unit: '💥'.repeat(65) },
    { ...outcome, unit: '' },
    { ...outcome, name: 'x'.repeat(129) },
    { ...outcome, name: 'bu\0y' },
    { ...outcome, value: 1e16 },
    { ...outcome, value: -1e300 },
    { ...outcome, value: null },
    { ...outcome, value: '12' },
    { ...outcome, at: 'yesterday' },
    { ...outcome, at: Date.now() - 401 * DAY },
    { ...outcome, item: 'i'.repeat(300) },
    { ...outcome, properties: { note: 'a\0b' } },
    { ...outcome, properties: { note: 'x'.repeat(3_000) } },
    { ...outcome, properties: { deep: { deeper: 1 } } },
    { ...outcome, type: 'purchase' },
    { ...exposure, phase: 2_000_000_000 },
    { ...exposure, phase: 99_999_999_999 },
    { ...exposure, slot: 'nowhere' },
    { ...exposure, variant: 'nobody' },
    { ...exposure, decision: 'd\0' },
    { ...exposure, step: 3 },
    { ...exposure, at: 0 },
    null,
    42,
    'event',
    [],
    {},
  ]);
}

/** A whole batch that must be refused; its id where it has one that must never be stored. */
export function poisonBatch(dice: Dice): { body: string; id: string | null } {
  const event = { type: 'outcome', unit: 'poison', name: 'spend', at: Date.now() };
  const id = newBatchId();
  const dated = (at: number) => {
    const batch = newBatchId(at);
    return { body: JSON.stringify({ batch, events: [event] }), id: batch };
  };
  const whole = JSON.stringify({ batch: id, events: [event] });
  return dice.pick([
    { body: whole.slice(0, -3), id },
    { body: `${whole}}`, id },
    { body: '\0'.repeat(1_000), id: null },
    { body: '', id: null },
    { body: JSON.stringify({ batch: 'batch-1', events: [event] }), id: null },
    { body: JSON.stringify({ batch: id, events: event }), id },
    { body: JSON.stringify({ batch: id, events: Array(10_001).fill(event) }), id },
    { body: JSON.stringify({ batch: id, events: [{ ...event, unit: 'x'.repeat(6_000_000) }] }), id },
    dated(Date.now() - 8 * DAY),
    dated(Date.now() + 2 * DAY),
  ]);
}
