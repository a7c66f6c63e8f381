import { type ExperimentRules, HASH_RANGE, RULES_VERSION, type Ruleset, type SplitEntry } from '../../sdk/index.ts';
import type { Plan } from '../db/schema-types.ts';
import type { CataloguePhase, EventCatalogue } from './event-catalogue.ts';
import type { RulesetRows } from './ruleset-store.ts';

/** Compiles rows into the snapshot that SDKs read. Only running experiments are in it: all else answers the champion. */
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
        .filter((each) => each.slotId === slot.id && each.state === 'running')
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
      segments: recordedAttributes(experiment.segments, phase.plan),
      phase: {
        id: phase.id,
        mode: phase.mode,
        step: phase.step,
        salt: phase.salt,
        assignment: phase.assignment,
        split: compileSplit(rows.splits.filter((each) => each.phaseId === phase.id)),
      },
    },
  ];
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
