import { connect } from '@assay-ml/sdk';

/**
 * A service with one ranking slot, written once: it knows nothing of shadow, canary, A/B, bandit or interleaving. It
 * serves visits until its parent says "stop", sends what is queued and tells what it did.
 */
const [url = '', key = '', slot = ''] = process.argv.slice(2);
const UNITS = 600;
const ITEMS = 8;

/** What the service saw itself. */
export interface ServiceTally {
  visits: number;
  clicks: number;
  /** Calls of the model by variant, shadow calls apart. */
  calls: Record<string, number>;
  shadowCalls: number;
  failures: number;
  /** Decisions by phase and variant; phase null while the champion serves alone. */
  decisions: Record<string, number>;
  counters: { sent: number; queued: number; dropped: Record<string, number>; errors: number };
  delivered: boolean;
}

const tally: Omit<ServiceTally, 'counters' | 'delivered'> = {
  visits: 0,
  clicks: 0,
  calls: {},
  shadowCalls: 0,
  failures: 0,
  decisions: {},
};

let stopping = false;
process.on('message', (message) => {
  if (message === 'stop') stopping = true;
});

const assay = await connect({ url, key, flushEveryMs: 100 });
process.send?.('ready');

for (let visit = 0; !stopping; visit++) {
  // Every unit returns every 600 visits, in another order each time.
  const unit = `unit-${(visit * 7) % UNITS}`;
  const attributes = { device: visit % 2 === 0 ? 'phone' : 'desktop' };
  try {
    const { items, impression, decision } = await assay.rank(
      slot,
      { unit, attributes },
      async (variant, { shadow }) => {
        if (shadow) tally.shadowCalls++;
        else tally.calls[variant.key] = (tally.calls[variant.key] ?? 0) + 1;
        const ids = Array.from({ length: ITEMS }, (_, i) => ({ id: `item-${i}` }));
        return variant.key === 'new' ? ids.reverse() : ids;
      },
      { id: (item) => item.id, depth: 4 },
    );
    tally.visits++;
    const where = `${decision.phase ?? 'none'}:${decision.variant}`;
    tally.decisions[where] = (tally.decisions[where] ?? 0) + 1;
    // Even items please: who shows one of them first gets the click.
    const first = items[0];
    if (first && Number(first.id.slice(5)) % 2 === 0 && visit % 3 === 0) {
      assay.outcome('click', { unit, item: first.id, impression, decision: decision.id });
      tally.clicks++;
    }
  } catch {
    tally.failures++;
  }
  await new Promise((resolve) => setTimeout(resolve, 2));
}

// Shadow calls follow their answers; these models take no time.
await new Promise((resolve) => setTimeout(resolve, 200));
const { delivered } = await assay.close(20_000);
const { sent, queued, dropped, errors } = assay.counters();
process.send?.({ ...tally, counters: { sent, queued, dropped, errors }, delivered } satisfies ServiceTally);
process.disconnect?.();
