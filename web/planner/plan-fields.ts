/** What the planner asks, as text in the address; every number is checked here, in words, before it is used. */

export type PlanKind = 'proportion' | 'mean' | 'ratio';
export type PlanDesign = 'fixed' | 'group_sequential' | 'always_valid';
export type PlanQuestion = 'difference' | 'not_worse';

type NumberField = {
  label: string;
  /** What stands behind the number. */
  unit?: string;
  help?: string;
  usual: string;
  /** Percent fields are typed in percent and used as shares. */
  percent?: boolean;
  whole?: boolean;
  optional?: boolean;
  /** Whether a number as typed is fine; `says` completes "Enter …". */
  fine: (typed: number) => boolean;
  says: string;
};

const above0 = (typed: number) => typed > 0;

export const numberFields = {
  rate: {
    label: 'Rate of the control',
    unit: '%',
    help: 'Share of units with the outcome today',
    usual: '10',
    percent: true,
    fine: (typed) => typed > 0 && typed < 100,
    says: 'a percentage above 0 and below 100',
  },
  mean: {
    label: 'Mean of the control',
    help: 'Per unit, in the metric’s own unit',
    usual: '10',
    fine: (typed) => typed !== 0,
    says: 'a number other than 0',
  },
  deviation: {
    label: 'Standard deviation of a unit',
    help: 'Of a ratio: of its linearised value. The history of a metric has it',
    usual: '20',
    fine: above0,
    says: 'a number above 0',
  },
  effect: {
    label: 'Smallest effect worth finding',
    unit: '%',
    help: 'Relative to the control: 5 % of a rate of 10 % is half a point. Negative for a fall',
    usual: '5',
    percent: true,
    fine: (typed) => typed !== 0 && Math.abs(typed) <= 1000,
    says: 'a percentage other than 0, up to 1000',
  },
  margin: {
    label: 'Margin',
    unit: '%',
    help: 'How much worse than the control it may be, relative to it',
    usual: '2',
    percent: true,
    fine: (typed) => typed > 0 && typed <= 100,
    says: 'a percentage above 0, up to 100',
  },
  power: {
    label: 'Power',
    unit: '%',
    help: 'Chance to find the effect if it is there',
    usual: '80',
    percent: true,
    fine: (typed) => typed >= 10 && typed < 100,
    says: 'a percentage from 10 to below 100',
  },
  level: {
    label: 'Confidence level',
    unit: '%',
    usual: '95',
    percent: true,
    fine: (typed) => typed > 50 && typed <= 99.99,
    says: 'a percentage above 50, up to 99.99',
  },
  challengers: {
    label: 'Other variants',
    help: 'Beside the control',
    usual: '1',
    whole: true,
    fine: (typed) => typed >= 1 && typed <= 20,
    says: 'a whole number from 1 to 20',
  },
  controlShare: {
    label: 'Share of the control',
    unit: '%',
    help: 'The other variants share the rest equally',
    usual: '50',
    percent: true,
    fine: (typed) => typed >= 1 && typed <= 99,
    says: 'a percentage from 1 to 99',
  },
  comparisons: {
    label: 'Primary comparisons',
    help: 'Primary metrics times variants beside the control. They share the error probability (Holm)',
    usual: '1',
    whole: true,
    fine: (typed) => typed >= 1 && typed <= 1000,
    says: 'a whole number from 1 to 1000',
  },
  correlation: {
    label: 'Correlation with the time before',
    help: 'Of a unit’s value with its value before the exposure; 0 without adjustment',
    usual: '0',
    fine: (typed) => typed >= 0 && typed < 1,
    says: 'a number from 0 to below 1',
  },
  clusterSize: {
    label: 'Units assigned together',
    help: 'For instance people of a household; 1 if each by itself',
    usual: '1',
    fine: (typed) => typed >= 1 && typed <= 1e6,
    says: 'a number of at least 1',
  },
  icc: {
    label: 'Correlation within them',
    help: 'Intraclass correlation: 0 if units of a cluster are like any others',
    usual: '0',
    fine: (typed) => typed >= 0 && typed <= 1,
    says: 'a number from 0 to 1',
  },
  looks: {
    label: 'Looks',
    help: 'At equal parts of the plan, the last one included',
    usual: '5',
    whole: true,
    fine: (typed) => typed >= 2 && typed <= 14,
    says: 'a whole number from 2 to 14',
  },
  perDay: {
    label: 'New units per day',
    help: 'Over all variants; needed for the number of days',
    usual: '',
    optional: true,
    fine: above0,
    says: 'a number above 0, or nothing',
  },
  available: {
    label: 'Units you can get',
    help: 'Over all variants, if they are limited',
    usual: '',
    optional: true,
    fine: (typed) => typed >= 10,
    says: 'a number of at least 10, or nothing',
  },
} as const satisfies Record<string, NumberField>;

export type NumberName = keyof typeof numberFields;

export const choices = {
  kind: ['proportion', 'mean', 'ratio'],
  question: ['difference', 'not_worse'],
  design: ['fixed', 'group_sequential', 'always_valid'],
} as const;

/** What is asked for, checked; numbers of empty optional fields are null. */
export type PlanInput = { [Name in NumberName]: number } & {
  kind: PlanKind;
  question: PlanQuestion;
  design: PlanDesign;
} & { perDay: number | null; available: number | null };

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
