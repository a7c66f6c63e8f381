import type { ExplanationAnswer } from '../../server/contract/explain-contract.ts';
import { counted, plain } from '../format.ts';
import type { Look } from '../parts/tones.ts';

export type ExplainedExperiment = ExplanationAnswer['experiments'][number];
export type ExplainedRule = ExplainedExperiment['rules'][number];

export const outcomeLooks: Record<ExplainedExperiment['outcome'], Look> = {
  assigned: { label: 'Assigned', tone: 'tone-good', icon: 'check' },
  champion: { label: 'Takes it, champion answers', tone: 'tone-calm', icon: 'flag' },
  not_targeted: { label: 'Not targeted', tone: 'tone-quiet', icon: 'cross' },
  outside_range: { label: 'Outside its range', tone: 'tone-quiet', icon: 'dashed' },
};

const reasons: Record<string, string> = {
  assigned: 'assigned by a split',
  champion: 'the champion, as nothing else applies',
  not_targeted: 'no experiment targets the unit',
  outside_range: 'outside the ranges of the experiments',
  holdout: 'in the holdout',
  override: 'overridden',
  unknown_slot: 'the slot is unknown',
  no_ruleset: 'the ruleset cannot be read',
};

export const reasonText = (reason: string): string => reasons[reason] ?? reason;

/** Draws are told with four digits: enough to see on which side of a bound they fall, save for one in ten thousand. */
export const drawText = (draw: number): string => plain(draw, 4);

/** A bound of a range: as many digits as it needs. */
export const boundText = (bound: number): string => plain(bound, 4).replace(/\.?0+$/, '');

/** What the picture of the draws shows, as a sentence. */
export function drawsSentence({ outcome, layer, split }: ExplainedExperiment): string {
  const range = `${boundText(layer.from)} to ${boundText(layer.to)}`;
  if (!layer.inside) return `Its layer draw ${drawText(layer.draw)} lies outside the part of this experiment, ${range}`;
  const inside = `Its layer draw ${drawText(layer.draw)} lies in the part of this experiment, ${range}`;
  const taken = split.entries.find((entry) => split.draw < entry.to)?.variant;
  const fall = outcome === 'not_targeted' ? 'would fall' : 'falls';
  return `${inside}; its split draw ${drawText(split.draw)} ${fall} to “${taken ?? 'nobody'}”`;
}

export function rulesSentence(rules: readonly ExplainedRule[]): string {
  if (rules.length === 0) return 'It has no targeting rules: every unit is in.';
  const holding = rules.filter(({ holds }) => holds).length;
  if (holding === rules.length) {
    return rules.length === 1 ? 'The one rule holds.' : `All ${counted(rules.length, 'rule')} hold.`;
  }
  const failing = rules.length - holding;
  return `${failing === rules.length ? 'No rule holds' : `${failing} of ${counted(rules.length, 'rule')} ${failing === 1 ? 'does' : 'do'} not hold`}: all must.`;
}

/** What the unit has, for a rule on one attribute. */
export function actualText({ attribute, actual }: Pick<ExplainedRule, 'attribute' | 'actual'>): string | null {
  if (attribute === '') return null;
  if (actual === null || actual === undefined) return 'the unit has none';
  const shown = Array.isArray(actual) ? actual.join(', ') : String(actual);
  return `the unit has ${typeof actual === 'string' ? `“${shown}”` : shown}`;
}

/** Of a bandit with a context: by which split the unit is drawn. */
export function contextText({ split: { context } }: ExplainedExperiment): string | null {
  if (!context) return null;
  const { attribute, value, own } = context;
  if (value === null || value === undefined) return `The unit has no “${attribute}”: it is drawn by the common split.`;
  return own
    ? `Drawn by the split of its own that ${attribute} “${String(value)}” has.`
    : `${attribute} “${String(value)}” has no split of its own: it is drawn by the common one.`;
}

/** Attributes that rules and contexts ask for and that were not given. */
export function missingAttributes(answer: ExplanationAnswer | undefined, given: Record<string, unknown>): string[] {
  const asked = (answer?.experiments ?? []).flatMap(({ rules, split }) => [
    ...rules.flatMap(({ attribute, audiences }) => [
      attribute,
      ...audiences.flatMap((audience) => audience.rules.map((rule) => rule.attribute)),
    ]),
    split.context?.attribute ?? '',
  ]);
  return [...new Set(asked)].filter((name) => name !== '' && !Object.hasOwn(given, name));
}
