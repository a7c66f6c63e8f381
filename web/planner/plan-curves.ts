import type { PlanInput } from './plan-fields.ts';
import type { UnitPlan } from './plan-units.ts';

export type CurvePoint = { x: number; y: number };

const steps = 48;

/** The smallest effect in percent against units, or days where the units per day are known; around the plan. */
export function detectableCurve(plan: UnitPlan, { perDay }: Pick<PlanInput, 'perDay'>): CurvePoint[] {
  const [least, most] = [plan.total / 8, plan.total * 4];
  return Array.from({ length: steps + 1 }, (_, place) => {
    const units = least * (most / least) ** (place / steps);
    const effect = plan.detectableAt(units);
    return effect === null ? null : { x: perDay === null ? units : units / perDay, y: effect * 100 };
  }).filter((point) => point !== null);
}

/** The chance in percent to find a true effect, from none to twice the planned one. */
export function powerCurve(plan: UnitPlan, { question, effect, margin }: PlanInput): CurvePoint[] {
  const goal = question === 'difference' ? Math.abs(effect) : margin;
  return Array.from({ length: steps + 1 }, (_, place) => {
    const x = (goal * 2 * place) / steps;
    return { x: x * 100, y: plan.powerAt(x) * 100 };
  });
}
