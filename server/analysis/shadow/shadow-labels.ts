import type { ShadowReport } from '../../contract/shadow-contract.ts';
import type { ShadowSettings } from '../../db/schema-types.ts';
import { count, oneOf, percent, quantity } from '../phrases.ts';
import {
  LEAST_UNITS,
  normalSequence,
  type ShadowDesign,
  type ShadowEstimate,
  shadowEstimate,
} from './shadow-estimate.ts';
import type { AucSums, LossName, ShadowLabels } from './shadow-result.ts';
import { points, told } from './shadow-sentences.ts';

/** What a report needs of a shadow phase and its experiment. */
export interface ShadowPhase {
  /** Confidence level of the plan. */
  level: number;
  settings: ShadowSettings;
  metrics: readonly { key: string; independentOfAnswer: boolean }[];
}

type Labels = ShadowReport['labels'];

const UNITS: Record<LossName, string> = {
  log_loss: 'nats a decision',
  brier: 'squared probability',
  squared_error: 'square of the label',
  absolute_error: 'unit of the label',
  wrong: 'share of decisions',
};

const WORDS: Record<LossName, string> = {
  log_loss: 'log loss',
  brier: 'Brier score',
  squared_error: 'squared error',
  absolute_error: 'absolute error',
  wrong: 'share of wrong answers',
};

/** Which model is better where labels came later. */
export function labelsReport(
  { settings, metrics }: ShadowPhase,
  found: ShadowLabels | null,
  design: ShadowDesign,
): Labels {
  const none = { better: null, labelled: 0, unlabelled: 0, open: 0, scored: 0, losses: [], auc: null };
  const key = settings.label;
  if (key === null) {
    const sentence = 'No label is declared, so that this says whether the models differ and not which one is better.';
    return { status: 'not_declared', sentence, ...none };
  }
  const metric = metrics.find((each) => each.key === key);
  if (!metric?.independentOfAnswer) {
    const sentence = `"${key}" is not declared independent of the answer shown: it depends on the champion's answer and cannot judge the candidate's.`;
    return { status: 'refused', sentence, ...none };
  }
  if (!found) return { status: 'waiting', sentence: `No label "${key}" has come yet.`, ...none };
  const losses = found.losses.map(({ name, champion, candidate, difference }) => {
    const kind = name === 'wrong' ? 'rate' : 'value';
    return {
      name,
      unit: UNITS[name],
      champion: shadowEstimate(champion, kind, design),
      candidate: shadowEstimate(candidate, kind, design),
      difference: shadowEstimate(difference, name === 'wrong' ? 'rate_difference' : 'value', design),
    };
  });
  const main = losses[0];
  const better = main ? betterOf(main.difference) : null;
  return {
    status: main ? 'ok' : 'waiting',
    sentence: `${main ? labelSentence(main, better) : waitingSentence(key, found)}${oddLabels(found)}`,
    better,
    labelled: found.labelled,
    unlabelled: found.mature - found.labelled,
    open: found.open,
    scored: found.scored,
    losses,
    auc: found.auc && {
      champion: found.auc.champion,
      candidate: found.auc.candidate,
      difference: aucOf(found.auc, design),
    },
  };
}

function betterOf(difference: ShadowEstimate): Labels['better'] {
  if (difference.status !== 'ok') return null;
  const { lower, upper } = difference.interval;
  return upper < 0 ? 'candidate' : lower > 0 ? 'champion' : null;
}

function labelSentence(
  { name, champion, candidate, difference }: Labels['losses'][number],
  better: Labels['better'],
): string {
  const show = name === 'wrong' ? percent : quantity;
  const change = name === 'wrong' ? points : quantity;
  const values = `${WORDS[name]} ${told(candidate, show)} against ${told(champion, show)}, difference ${told(difference, change)}, over ${oneOf(difference.decisions, 'labelled decision', 'labelled decisions')}`;
  if (difference.status !== 'ok') return `Too little to say which model is better: ${values}. ${difference.missing}`;
  if (better === 'candidate') return `The candidate is better than the champion: ${values}.`;
  if (better === 'champion') return `The candidate is worse than the champion: ${values}.`;
  return `No difference in quality is shown: ${values}.`;
}

function waitingSentence(key: string, { mature, labelled, open }: ShadowLabels): string {
  if (labelled > 0) {
    return `${oneOf(labelled, 'decision has', 'decisions have')} a label "${key}", but none has predictions of both models: answers need a score or a class of 0 or 1.`;
  }
  if (mature > 0)
    return `None of ${oneOf(mature, 'decision', 'decisions')} has got a label "${key}": name the decision in the outcome.`;
  return open > 0
    ? `${oneOf(open, 'decision waits', 'decisions wait')} for the label "${key}": it counts when its window has passed.`
    : `No label "${key}" has come yet.`;
}

/** What makes quality look other than it is. */
function oddLabels({ scored, positive }: ShadowLabels): string {
  if (scored < LEAST_UNITS || positive === null || (positive > 0 && positive < scored)) return '';
  const value = positive === 0 ? 0 : 1;
  return ` All ${count(scored)} labels are ${value}: send the outcome with the value ${1 - value} too, or ranking and calibration cannot be judged.`;
}

function aucOf(
  { difference, standardError, units, decisions }: AucSums,
  { level, tunedTo }: ShadowDesign,
): ShadowEstimate {
  const given = { estimate: difference, units, decisions };
  if (units < LEAST_UNITS) {
    return { status: 'insufficient', missing: `${units} of at least ${LEAST_UNITS} units with labels.`, ...given };
  }
  return { status: 'ok', interval: normalSequence(difference, standardError, units, { level, tunedTo }), ...given };
}
