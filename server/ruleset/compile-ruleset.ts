import { type ExperimentRules, HASH_RANGE, RULES_VERSION, type Ruleset, type SplitEntry } from '../../sdk/index.ts';
import type { PhaseSettings, Plan } from '../db/schema-types.ts';
import type { CataloguePhase, EventCatalogue } from './event-catalogue.ts';
import type { RulesetRows } from './ruleset-store.ts';

/** Compiles rows into the snapshot that SDKs read. Running and paused experiments are in it: all else answers the champion. */
export function compileRuleset(rows: RulesetRows): Ruleset {
  const slots: Ruleset['slots'] = {};
  for (const slot of rows.slots) {
    const variants = rows.variants.filter((each) => each.slotId === slot.id);
    slots[slot.key] = {
      output: slot.output,
      champion: slot.champion,
      variants: Object.fromEntries(variants.map((each) => [each.key, each.payload ?? null])),
      timeoutMs: slot.timeoutMs,
      fallback: slot.fallback,
      experiments: rows.experiments
        .filter((each) => each.slotId === slot.id && (each.state === 'running' || each.state === 'paused'))
        .flatMap((each) => compileExperiment(rows, each, slot.salt)),
    };
  }
  return { rules: RULES_VERSION, version: rows.version, environment: rows.environment, slots };
}

function compileExperiment(
  rows: RulesetRows,
  experiment: RulesetRows['experiments'][number],
  layerSalt: string,
): ExperimentRules[] {
  const phase = rows.phases.find((each) => each.experimentId === experiment.id && each.state === 'running');
  if (!phase) return [];
  return [
    {
      key: experiment.key,
      layer: { salt: layerSalt, from: toHash(experiment.rangeFrom), to: toHash(experiment.rangeTo) },
      targeting: experiment.targeting,
      ...(Object.keys(experiment.audiences).length > 0 ? { audiences: experiment.audiences } : {}),
      segments: recordedAttributes(experiment.segments, phase.plan),
      paused: experiment.state === 'paused',
      phase: {
        id: phase.id,
        mode: phase.mode,
        step: phase.step,
        salt: saltOf(phase),
        assignment: phase.assignment,
        ...(phase.sticky ? { sticky: { key: experiment.key, version: firstOfChain(rows, phase) } } : {}),
        ...compileMode(rows, phase),
      },
    },
  ];
}

/** R4b: every epoch of a bandit draws anew. */
function saltOf({ mode, salt, step }: RulesetRows['phases'][number]): string {
  return mode === 'bandit' ? `${salt}.${step}` : salt;
}

/** Id of the phase that drew first, the others having continued it: what was remembered before is of another draw (R8). */
function firstOfChain(rows: RulesetRows, phase: RulesetRows['phases'][number]): number {
  if (!phase.continues) return phase.id;
  const before = rows.phases.find(
    (each) => each.experimentId === phase.experimentId && each.position === phase.position - 1,
  );
  return before ? firstOfChain(rows, before) : phase.id;
}

type ModeRules = Pick<ExperimentRules['phase'], 'split' | 'contexts' | 'shadow' | 'interleave'>;

function compileMode(rows: RulesetRows, phase: RulesetRows['phases'][number]): ModeRules {
  const weights = rows.splits.filter((each) => each.phaseId === phase.id);
  const { shadow, canary, bandit, interleave }: PhaseSettings = phase.settings;
  if (canary) return { split: compileBands(weights, canary.steps.at(-1)?.share ?? 0) };
  const split = compileSplit(weights);
  if (shadow) {
    const { referenceShare, budgetMs, maxInFlight, compare } = shadow;
    return { split, shadow: { referenceShare, budgetMs, maxInFlight, compare } };
  }
  if (interleave) return { split, interleave: { depth: interleave.depth } };
  const contexts = rows.contexts.find((each) => each.phaseId === phase.id)?.contexts;
  if (!bandit?.context || !contexts) return { split };
  const splits = Object.entries(contexts).map(([value, ofVariant]) => [
    value,
    compileSplit(weights.map((each) => ({ ...each, weight: ofVariant[each.variantId] ?? 0 }))),
  ]);
  return { split, contexts: { attribute: bandit.context, splits: Object.fromEntries(splits) } };
}

/** R5 with the bands of a canary: candidate below its share, control from the largest share on, waiting between. */
export function compileBands(split: { key: string; weight: number }[], largestShare: number): SplitEntry[] {
  const [candidate, champion] = split;
  if (!candidate || !champion) throw new Error('a canary has a candidate and a champion');
  const { key: variant, weight } = champion;
  const bands: SplitEntry[] = [
    { variant: candidate.key, upTo: toHash(candidate.weight), weight: candidate.weight, band: 'candidate' },
    { variant, upTo: toHash(largestShare), weight, band: 'waiting' },
    { variant, upTo: HASH_RANGE, weight, band: 'control' },
  ];
  // At the last step nobody waits.
  return bands.filter((each, i) => each.upTo > (bands[i - 1]?.upTo ?? 0));
}

/** Attributes that an exposure takes along: for breakdowns, as covariates, and as the cluster. */
function recordedAttributes(segments: string[], { covariates, cluster }: Plan): string[] {
  return [...new Set([...segments, ...(covariates?.attributes ?? []), ...(cluster === null ? [] : [cluster])])];
}

/** Weights as integers: `upTo` = round(cumulative × 2^32), the last exactly 2^32. */
export function compileSplit(split: { key: string; weight: number }[]): SplitEntry[] {
  let cumulative = 0;
  return split.map(({ key, weight }, i) => {
    cumulative += weight;
    return { variant: key, upTo: i === split.length - 1 ? HASH_RANGE : toHash(cumulative), weight };
  });
}

function toHash(share: number): number {
  return Math.min(HASH_RANGE, Math.round(share * HASH_RANGE));
}

/** What events of this environment may name: every phase that ever started, because late batches name ended ones. */
export function compileCatalogue(environmentId: number, rows: RulesetRows): EventCatalogue {
  const slotKeys = new Map(rows.slots.map((each) => [each.id, each.key]));
  const experiments = new Map(rows.experiments.map((each) => [each.id, each]));
  const phases = new Map<number, CataloguePhase>();
  for (const phase of rows.phases) {
    const slotKey = slotKeys.get(experiments.get(phase.experimentId)?.slotId ?? -1);
    if (phase.state === 'planned' || slotKey === undefined) continue;
    const split = rows.splits.filter((each) => each.phaseId === phase.id);
    phases.set(phase.id, {
      id: phase.id,
      slotKey,
      mode: phase.mode,
      assignment: phase.assignment,
      startedAt: phase.startedAt?.getTime() ?? 0,
      variants: new Map(split.map((each) => [each.key, { id: each.variantId, weight: each.weight }])),
    });
  }
  return { environmentId, slots: new Map(rows.slots.map((each) => [each.key, each.id])), phases };
}
