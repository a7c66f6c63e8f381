import type { PhaseInput } from '../../server/contract/phase-contract.ts';
import type { PlanInput } from './plan-fields.ts';

/** Days of history that an adjustment takes where nothing else is said; the default of the API. */
const usualDays = 14;

/** The `plan` of a phase for POST /api/experiments, with only what differs from the defaults. */
export function planJson(input: PlanInput, total: number): NonNullable<PhaseInput['plan']> {
  const { design, level, looks, question, effect, correlation } = input;
  return {
    design,
    ...(level === 0.95 ? {} : { level }),
    ...(design === 'group_sequential' ? { looks } : {}),
    units: total,
    ...(question === 'difference' ? { minimumEffect: rounded(Math.abs(effect)) } : {}),
    ...(question === 'not_worse' && design === 'always_valid' ? { minimumEffect: rounded(input.margin) } : {}),
    ...(correlation > 0 ? { covariates: { days: usualDays } } : {}),
  };
}

/** The entry in `metrics` where a margin is to be shown. */
export const marginJson = ({ margin }: PlanInput) =>
  ({ role: 'guardrail', margin: { relative: rounded(margin) } }) as const;

/** Shares come from percentages: 5.1 % is 0.051, not 0.05099999999999999. */
export const rounded = (value: number): number => Number(value.toPrecision(12));
