/** What the planner asks, as text in the address; every number is checked here, in words, before it is used. */

import { type NumberField, type NumberName, numberFields } from './number-fields.ts';

export type PlanKind = 'proportion' | 'mean' | 'ratio';
export type PlanDesign = 'fixed' | 'group_sequential' | 'always_valid';
export type PlanQuestion = 'difference' | 'not_worse';

export const choices = {
  kind: ['proportion', 'mean', 'ratio'],
  question: ['difference', 'not_worse'],
  design: ['fixed', 'group_sequential', 'always_valid'],
} as const;

/** What is asked for, checked; numbers of empty optional fields are null. */
export type PlanInput = Record<Exclude<NumberName, OptionalName>, number> &
  Record<OptionalName, number | null> & { kind: PlanKind; question: PlanQuestion; design: PlanDesign };
type OptionalName = 'perDay' | 'available';

export type PlanForm = { texts: Record<NumberName, string>; input: PlanInput | null; problems: Problems };
export type Problems = Partial<Record<NumberName, string>>;

/** Fields that matter for what is asked; the others are neither shown nor checked. */
export function shownFields({ kind, question, design }: Pick<PlanInput, 'kind' | 'question' | 'design'>): NumberName[] {
  return [
    ...(kind === 'proportion' ? (['rate'] as const) : (['mean', 'deviation'] as const)),
    question === 'difference' ? 'effect' : 'margin',
    'power',
    'level',
    'challengers',
    'controlShare',
    'comparisons',
    ...(design === 'group_sequential' ? (['looks'] as const) : []),
    'correlation',
    'clusterSize',
    'icc',
    'perDay',
    'available',
  ];
}

/** Reads the address: what is missing has its usual value, what is wrong gets a message. */
export function readPlanForm(search: URLSearchParams): PlanForm {
  const chosen = {
    kind: choiceOf(search.get('kind'), choices.kind),
    question: choiceOf(search.get('question'), choices.question),
    design: choiceOf(search.get('design'), choices.design),
  };
  const names = Object.keys(numberFields) as NumberName[];
  const texts = Object.fromEntries(names.map((name) => [name, search.get(name) ?? numberFields[name].usual])) as Record<
    NumberName,
    string
  >;
  const problems: Problems = {};
  const numbers: Record<string, number | null> = {};
  const shown = new Set(shownFields(chosen));
  for (const name of names) {
    const { value, problem } = readNumber(numberFields[name], shown.has(name) ? texts[name] : numberFields[name].usual);
    numbers[name] = value;
    if (problem) problems[name] = problem;
  }
  const complete = Object.keys(problems).length === 0;
  return { texts, problems, input: complete ? ({ ...numbers, ...chosen } as PlanInput) : null };
}

const choiceOf = <Value extends string>(text: string | null, values: readonly [Value, ...Value[]]): Value =>
  values.find((value) => value === text) ?? values[0];

function readNumber(field: NumberField, text: string): { value: number | null; problem: string | null } {
  const trimmed = text.trim();
  if (trimmed === '' && field.optional) return { value: null, problem: null };
  const typed = parseNumber(trimmed);
  if (typed === null || !field.fine(typed) || (field.whole && !Number.isInteger(typed))) {
    return { value: null, problem: `Enter ${field.says}.` };
  }
  return { value: field.percent ? typed / 100 : typed, problem: null };
}

/** "12,5", "12.5", "120 000" and "-3"; null for what is no number. */
export function parseNumber(text: string): number | null {
  const plain = text
    .replace(/[\s\u202f\u00a0]/g, '')
    .replace('\u2212', '-')
    .replace(',', '.');
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : null;
}
