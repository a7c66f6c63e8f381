import { lazy, useMemo } from 'react';
import { percentOf } from '../format.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { detectableCurve, powerCurve } from './plan-curves.ts';
import type { PlanInput } from './plan-fields.ts';
import styles from './plan-result.module.css';
import type { UnitPlan } from './plan-units.ts';

const CurvePlot = lazy(() => import('../charts/curve-plot.tsx'));

/** What more or fewer units would change, and what the planned ones do for other effects. */
export function PlanCurves({ input, plan }: { input: PlanInput; plan: UnitPlan }) {
  const detectable = useMemo(() => detectableCurve(plan, input), [plan, input]);
  const power = useMemo(() => powerCurve(plan, input), [plan, input]);
  const difference = input.question === 'difference';
  const goal = difference ? Math.abs(input.effect) : input.margin;
  const days = input.perDay !== null;
  return (
    <section className="card" aria-labelledby="curves">
      <h2 id="curves">What if it were larger or smaller?</h2>
      <div className={styles.curves}>
        <ChartPlace height={240}>
          <CurvePlot
            points={detectable}
            mark={{ x: days ? (plan.days ?? 0) : plan.total, y: goal * 100 }}
            x={days ? 'Days' : 'Units, all variants'}
            y={difference ? 'Smallest effect found, %' : 'Smallest margin shown, %'}
            sentence={`The planned ${days ? 'days' : 'units'} find ${difference ? 'effects' : 'margins'} from ${percentOf(goal)}; four times as many halve that.`}
            logarithmic
          />
        </ChartPlace>
        {difference && (
          <ChartPlace height={240}>
            <CurvePlot
              points={power}
              mark={{ x: goal * 100, y: input.power * 100 }}
              x="True effect, % of the control"
              y="Chance to find it, %"
              sentence={`With the planned units. Half the planned effect is found in ${Math.round(plan.powerAt(goal / 2) * 100)}\u202f% of cases.`}
            />
          </ChartPlace>
        )}
      </div>
    </section>
  );
}
