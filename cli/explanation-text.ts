import type { ExplanationAnswer } from '../server/contract/explain-contract.ts';
import { paint } from './terminal.ts';

type Experiment = ExplanationAnswer['experiments'][number];
type Rule = Omit<Experiment['rules'][number], 'audiences'> & Partial<Pick<Experiment['rules'][number], 'audiences'>>;

/** An explanation from its end to its beginning: what, and then why. */
export function explanationText({ slot, unit, decision, sentence, experiments }: ExplanationAnswer): string {
  const { variant, reason, propensity, ruleset } = decision;
  const head = `${slot} → ${paint('bold', variant)} (${reason})  unit ${unit}, propensity ${propensity}, ruleset ${ruleset}`;
  return [`${head}\n${sentence}`, ...experiments.map((each, i) => experimentText(each, i + 1))].join('\n\n');
}

function experimentText(experiment: Experiment, number: number): string {
  const { key, mode, phase, step, asked, sentence, rules, layer } = experiment;
  const notAsked = asked ? '' : paint('dim', ' (not asked: one before it took the unit)');
  return [
    `${number}. ${paint('bold', key)} · ${mode}, phase id ${phase}, step ${step}${notAsked}`,
    `   ${sentence}`,
    ...(rules.length === 0
      ? ['   targeting  no rules: everyone']
      : rules.flatMap((rule) => ruleLines(rule, '   targeting '))),
    `   layer      ${mark(layer.inside)} draw ${digits(layer.draw)} is ${layer.inside ? '' : 'not '}in [${digits(layer.from)}, ${digits(layer.to)})  salt ${layer.salt}`,
    ...splitLines(experiment.split),
  ].join('\n');
}

function ruleLines({ attribute, operator, values, actual, holds, audiences = [] }: Rule, label: string): string[] {
  const name = attribute === '' ? 'the unit' : attribute;
  const has = attribute === '' ? '' : `: ${actual === null ? 'it has none' : `it is ${JSON.stringify(actual)}`}`;
  return [
    `${label} ${mark(holds)} ${name} ${operator.replaceAll('_', ' ')} ${values.map((each) => JSON.stringify(each)).join(', ')}${has}`,
    ...audiences.flatMap((each) => [
      `${label}   ${mark(each.holds)} audience ${each.key}`,
      ...each.rules.flatMap((rule) => ruleLines(rule, `${label}     `)),
    ]),
  ];
}

function splitLines({ salt, draw, context, entries }: Experiment['split']): string[] {
  const own =
    context === null
      ? ''
      : `  ${context.attribute} ${JSON.stringify(context.value)}${context.own ? '' : ' has no split of its own'}`;
  return [
    `   split      draw ${digits(draw)}  salt ${salt}${own}`,
    ...entries.map(({ variant, from, to, weight, band, taken }) => {
      const text = `[${digits(from)}, ${digits(to)}) ${variant}${band === null ? '' : `, ${band}`}  weight ${weight}`;
      return `              ${taken ? paint('green', `→ ${text}`) : `  ${text}`}`;
    }),
  ];
}

const mark = (holds: boolean): string => (holds ? paint('green', '✓') : paint('red', '✗'));

/** Hashes have 32 bits, about nine digits: six are enough to read. */
const digits = (share: number): number => Number(share.toFixed(6));
