import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { z } from 'zod';
import type * as sdk from '../../sdk/index.ts';
import { type BatchAnswer, event as eventSchema } from '../../server/contract/events-contract.ts';
import { type EventType, faultyField, isEventType } from '../../server/ingest/event-shape.ts';
import { event, mutated } from './event-arbitraries.ts';

const SEED = 20_260_321;
const RUNS = 6_000;

function isAccepted(candidate: Record<string, unknown>): boolean {
  return isEventType(candidate.type) && faultyField(candidate.type, candidate) === null;
}

function isValid(candidate: unknown): boolean {
  return eventSchema.safeParse(candidate).success;
}

it('accepts and refuses the same events as the schemas of the API document', { timeout: 60_000 }, () => {
  const seen = { valid: 0, invalid: 0, byType: new Map<string, number>() };
  fc.assert(
    fc.property(event, (candidate) => {
      const valid = isValid(candidate);
      expect(isAccepted(candidate)).toBe(valid);
      seen[valid ? 'valid' : 'invalid']++;
      if (valid) seen.byType.set(String(candidate.type), (seen.byType.get(String(candidate.type)) ?? 0) + 1);
    }),
    { seed: SEED, numRuns: RUNS },
  );
  // A property over events of one kind only would prove little.
  expect(seen.valid).toBeGreaterThan(500);
  expect(seen.invalid).toBeGreaterThan(500);
  expect([...seen.byType.values()].every((count) => count > 100)).toBe(true);
  expect(seen.byType.size).toBe(4);
});

it('accepts and refuses the same events as the schemas when fields are replaced by anything', {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(mutated, (candidate) => {
      expect(isAccepted(candidate)).toBe(isValid(candidate));
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

const BASE: Record<EventType, Record<string, unknown>> = {
  exposure: {
    type: 'exposure',
    unit: 'u',
    slot: 's',
    phase: 1,
    step: 1,
    variant: 'v',
    at: 0,
    decision: 'd',
    propensity: 0.5,
    ruleset: 1,
    source: 'hash',
  },
  outcome: { type: 'outcome', unit: 'u', name: 'n', at: 0 },
  impression: {
    type: 'impression',
    unit: 'u',
    slot: 's',
    phase: 1,
    step: 1,
    impression: 'i',
    at: 0,
    ruleset: 1,
    items: [],
    depth: 1,
  },
  comparison: {
    type: 'comparison',
    unit: 'u',
    slot: 's',
    phase: 1,
    decision: 'd',
    at: 0,
    champion: { ms: 1, status: 'ok' },
    candidate: { ms: 1, status: 'ok' },
    measures: {},
  },
};

const LIMITS: [EventType, string, unknown[], unknown[]][] = [
  [
    'exposure',
    'unit',
    ['a', 'a'.repeat(256), '👍'.repeat(64)],
    ['', 'a'.repeat(257), '👍'.repeat(65), 'a\0', 7, null, undefined],
  ],
  ['exposure', 'slot', ['a'.repeat(128)], ['', 'a'.repeat(129), 'é'.repeat(65), 'a\0']],
  ['exposure', 'phase', [1, 2_147_483_647], [0, -1, 1.5, 2_147_483_648, '1', null]],
  ['exposure', 'step', [1], [0, 1.5, undefined]],
  ['exposure', 'variant', ['v'], ['', 'v\0']],
  ['exposure', 'band', [undefined, null, 'candidate', 'control', 'waiting'], ['', 'other', 1]],
  [
    'exposure',
    'at',
    [0, 1.5, -1, '2026-01-02T03:04:05Z', '2026-01-02T03:04:05.678+02:00'],
    ['1', '2026-01-02', '2026-02-30T00:00:00Z', Number.NaN, 1e18, null],
  ],
  ['exposure', 'decision', ['d'.repeat(64)], ['', 'd'.repeat(65), 'd\0', undefined]],
  ['exposure', 'propensity', [1, 5e-324], [0, 1.0001, -1, Number.NaN, null, '1']],
  ['exposure', 'ruleset', [0, 1], [-1, 0.5, null]],
  ['exposure', 'source', ['hash', 'sticky', 'external'], ['override', null, undefined]],
  ['exposure', 'call', [true, false, null, undefined], ['true', 1]],
  [
    'exposure',
    'attributes',
    [null, undefined, {}, { a: 1, b: 'x', c: true, d: '' }],
    [[], 'x', { a: null }, { a: { b: 1 } }, { a: [1] }, { a: 'x\0' }, { 'a\0': 1 }, { '': 1 }, { a: Infinity }],
  ],
  ['outcome', 'name', ['n'.repeat(128)], ['', 'n'.repeat(129), undefined]],
  ['outcome', 'value', [undefined, 0, -1e15, 1e15], [null, 1.01e15, Infinity, Number.NaN, '1', true]],
  ['outcome', 'decision', [undefined, null, 'd'], ['', 'd'.repeat(65), 1]],
  ['outcome', 'impression', [undefined, null, 'd'], ['', 'd'.repeat(65), 1]],
  ['outcome', 'item', [undefined, null, 'd'], ['', 'd'.repeat(65), 1]],
  ['outcome', 'properties', [{ k: 'x'.repeat(2040) }, keys(32)], [{ k: 'x'.repeat(2041) }, keys(33)]],
  [
    'impression',
    'items',
    [[{ id: 'a', team: 't', contested: false, extra: 1 }]],
    [{}, [{ id: 'a', team: 't' }], [{ id: '', team: 't', contested: true }], [null]],
  ],
  ['impression', 'depth', [1, 1000], [0, 1001, 1.5, undefined]],
  ['impression', 'degraded', [null, { cause: 'timeout', variant: 'v' }], [{}, 'timeout', { cause: 'timeout' }]],
  [
    'comparison',
    'champion',
    [{ ms: 0, status: 'error', score: -1, label: 'x' }],
    [{}, { ms: -1, status: 'ok' }, { ms: 1, status: 'lost' }, { ms: 1, status: 'ok', label: '' }],
  ],
  ['comparison', 'reference', [null, undefined, { ms: 1, status: 'ok' }], [1, {}]],
  ['comparison', 'attributes', [null, { country: 'nl' }], [1, { a: [] }]],
  ['comparison', 'measures', [{ overlap: 0.5, same: true }], [{ a: 'x' }, null, [1]]],
  [
    'comparison',
    'example',
    [undefined, null, 'x', { a: [{ b: 1 }] }],
    ['x\0', { 'a\0': 1 }, 'x'.repeat(2047), deep(17)],
  ],
];

it.each(LIMITS)('holds the limits of %s.%s', (type, field, allowed, refused) => {
  for (const value of allowed)
    expect([value, faultyField(type, { ...BASE[type], [field]: value })]).toEqual([value, null]);
  for (const value of refused)
    expect([value, faultyField(type, { ...BASE[type], [field]: value })]).toEqual([value, field]);
});

function keys(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
}

function deep(levels: number): unknown {
  return levels === 0 ? 1 : [deep(levels - 1)];
}

it('knows every type and no other', () => {
  expect(['exposure', 'outcome', 'impression', 'comparison'].every(isEventType)).toBe(true);
  expect(['exposures', '', null, undefined, 1, '__proto__'].some(isEventType)).toBe(false);
});

it('has the shapes that the SDK sends', () => {
  // Checked by the compiler: what the SDK's types allow is a valid input of the schemas.
  const sent: z.input<typeof eventSchema> = {} as sdk.AssayEvent;
  const answered: sdk.BatchAnswer = {} as Omit<BatchAnswer, 'repeat'>;
  expect([sent, answered]).toEqual([{}, {}]);
});
