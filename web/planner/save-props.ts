import type { PlanInput } from './plan-fields.ts';
import type { UnitPlan } from './plan-units.ts';

/** What saving starts from: the plan, and the form that it may ask to change. */
export type SaveProps = {
  form: URLSearchParams;
  change: (changes: Record<string, string>) => void;
  input: PlanInput;
  plan: UnitPlan;
};
