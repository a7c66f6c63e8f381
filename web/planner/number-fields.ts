/** The numbers that the planner asks, and which of them can be used. */

export type NumberField = {
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
