import type { Variant } from './decision.ts';
import { hash } from './hash.ts';
import { readVariant } from './options.ts';
import { HASH_RANGE, RULES_VERSION, type Ruleset, type SlotRules } from './ruleset.ts';

const EMPTY: Ruleset = { rules: RULES_VERSION, version: 1, environment: 'test', slots: {} };

/** `ruleset` with these slots fixed: each is an A/B phase whose only variant has all units, so that exposures are recorded. */
export function withFixed(ruleset: Ruleset = EMPTY, variants: Readonly<Record<string, unknown>> = {}): Ruleset {
  const fixed = Object.entries(variants).map(([slot, variant]): [string, SlotRules] => {
    const read = readVariant(variant);
    if (read === null) throw new TypeError(`The variant of slot "${slot}" is not { key, payload } with a string key.`);
    return [slot, fixedSlot(slot, read)];
  });
  return { ...ruleset, slots: Object.fromEntries([...Object.entries(ruleset.slots), ...fixed]) };
}

function fixedSlot(slot: string, { key, payload }: Variant): SlotRules {
  return {
    output: 'value',
    champion: key,
    variants: Object.fromEntries([[key, payload]]),
    timeoutMs: 60_000,
    fallback: null,
    experiments: [
      {
        key: `${slot}-fixed`,
        layer: { salt: 'layer', from: 0, to: HASH_RANGE },
        targeting: [],
        segments: [],
        paused: false,
        phase: {
          // By it exposures are told apart.
          id: hash('phase', slot),
          mode: 'ab',
          step: 1,
          salt: 'phase',
          assignment: 'hash',
          split: [{ variant: key, upTo: HASH_RANGE, weight: 1 }],
        },
      },
    ],
  };
}
