import { type ExperimentRules, HASH_RANGE, type PhaseRules, type Ruleset, type SlotRules } from '@assay-ml/sdk';

/** A split from [variant, weight] pairs, as the server compiles it. */
export function splitOf(...arms: [variant: string, weight: number][]): PhaseRules['split'] {
  let sum = 0;
  return arms.map(([variant, weight], i) => {
    sum += weight;
    return { variant, upTo: i === arms.length - 1 ? HASH_RANGE : Math.round(sum * HASH_RANGE), weight };
  });
}

export const phaseOf = (more: Partial<PhaseRules> = {}): PhaseRules => ({
  id: 11,
  mode: 'ab',
  step: 1,
  salt: 'phase-salt',
  assignment: 'hash',
  split: splitOf(['challenger', 0.5], ['champion', 0.5]),
  ...more,
});

const shadow: PhaseRules['shadow'] = {
  referenceShare: 0.1,
  budgetMs: null,
  maxInFlight: 32,
  compare: { kind: 'auto', ignore: [], tolerance: 0, depth: 10 },
};

/** A phase of this mode, with what its mode must say. */
export const phaseOfMode = (mode: PhaseRules['mode'], more: Partial<PhaseRules> = {}): PhaseRules =>
  phaseOf({
    mode,
    ...(mode === 'shadow' ? { shadow } : {}),
    ...(mode === 'interleave' ? { interleave: { depth: 10 } } : {}),
    ...more,
  });

export const experimentOf = (more: Partial<ExperimentRules> = {}): ExperimentRules => ({
  key: 'exp',
  layer: { salt: 'layer-salt', from: 0, to: HASH_RANGE },
  targeting: [],
  segments: [],
  paused: false,
  phase: phaseOf(),
  ...more,
});

export const slotOf = (more: Partial<SlotRules> = {}): SlotRules => ({
  output: 'value',
  champion: 'champion',
  variants: { champion: { model: 'v1' }, challenger: { model: 'v2' } },
  timeoutMs: 60_000,
  fallback: null,
  experiments: [experimentOf()],
  ...more,
});

export const rulesetOf = (slots: Record<string, SlotRules> = { model: slotOf() }, version = 7): Ruleset => ({
  rules: 1,
  version,
  environment: 'test',
  slots,
});

/** Everybody gets the challenger. */
export const allChallenger = splitOf(['challenger', 1], ['champion', 0]);
