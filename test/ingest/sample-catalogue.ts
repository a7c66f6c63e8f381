import type { CataloguePhase, EventCatalogue, EventCatalogueSource } from '../../server/ruleset/event-catalogue.ts';

export const ENVIRONMENT = 1;
/** Long before the events of the tests. */
export const PHASE_STARTED_AT = 0;

export function phase(
  id: number,
  mode: CataloguePhase['mode'],
  assignment: CataloguePhase['assignment'] = 'hash',
): CataloguePhase {
  const variants = new Map([
    ['old', { id: 10, weight: 0.75 }],
    ['new', { id: 11, weight: 0.25 }],
  ]);
  return { id, slotKey: 'feed', mode, assignment, startedAt: PHASE_STARTED_AT, variants };
}

/** One environment with slots `feed` (one phase of each kind) and `idle`. */
export function sampleCatalogue(environmentId = ENVIRONMENT): EventCatalogue {
  const phases = [
    phase(1, 'ab'),
    phase(2, 'canary'),
    phase(3, 'ab', 'external'),
    phase(4, 'interleave'),
    phase(5, 'shadow'),
    phase(6, 'bandit'),
  ];
  return {
    environmentId,
    slots: new Map([
      ['feed', 7],
      ['idle', 8],
    ]),
    phases: new Map(phases.map((each) => [each.id, each])),
  };
}

/** A source over a catalogue held in memory, which a test may change before `refresh` shows it. */
export function catalogueSource(
  first = sampleCatalogue(),
): EventCatalogueSource & { next: EventCatalogue; refreshed: number } {
  let current = first;
  return {
    next: first,
    refreshed: 0,
    get: () => Promise.resolve(current),
    refresh() {
      this.refreshed++;
      current = this.next;
      return Promise.resolve(current);
    },
  };
}

export function exposure(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'exposure',
    unit: 'user-1',
    slot: 'feed',
    phase: 1,
    step: 1,
    variant: 'new',
    at: 1_790_000_000_000,
    decision: 'decision-1',
    propensity: 0.25,
    ruleset: 3,
    source: 'hash',
    ...fields,
  };
}

export function outcome(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { type: 'outcome', unit: 'user-1', name: 'click', at: 1_790_000_000_000, ...fields };
}

export function impression(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const items = [{ id: 'a', team: 'old', contested: true }];
  const rest = { step: 1, impression: 'i-1', at: 1_790_000_000_000, ruleset: 3, items, depth: 10 };
  return { type: 'impression', unit: 'user-1', slot: 'feed', phase: 4, ...rest, ...fields };
}

export function comparison(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const calls = { champion: { ms: 12.5, status: 'ok', score: 0.5 }, candidate: { ms: 20, status: 'timeout' } };
  const rest = { decision: 'd-1', at: 1_790_000_000_000, ...calls, measures: { agree: true } };
  return { type: 'comparison', unit: 'user-1', slot: 'feed', phase: 5, ...rest, ...fields };
}
