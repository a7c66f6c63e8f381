import type { PlanInput } from './plan-fields.ts';
import type { UnitPlan } from './plan-units.ts';

export type CurvePoint = { x: number; y: number };

const steps = 48;

export const goalOf = ({ question, effect, margin }: Pick<PlanInput, 'question' | 'effect' | 'margin'>): number =>
  question === 'difference' ? Math.abs(effect) : margin;

/** The units, or days, that other effects in percent take: from half of the planned one to twice of it. */
export function effortCurve(plan: UnitPlan, input: PlanInput, perDay: number | null): CurvePoint[] {
  const goal = goalOf(input);
  return Array.from({ length: steps + 1 }, (_, place) => {
    const effect = goal * (0.5 + (1.5 * place) / steps);
    const units = plan.unitsFor(effect);
    return units === null ? null : { x: effect * 100, y: perDay === null ? units : units / perDay };
  }).filter((point) => point !== null);
}

/** The chance in percent to find a true effect, from none to twice the planned one. */
export function powerCurve(plan: UnitPlan, input: PlanInput): CurvePoint[] {
  const goal = goalOf(input);
  return Array.from({ length: steps + 1 }, (_, place) => {
    const x = (goal * 2 * place) / steps;
    return { x: x * 100, y: plan.powerAt(x) * 100 };
  });
}
