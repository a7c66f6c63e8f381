import { SegmentedControl } from '@mantine/core';
import { lazy, useMemo, useState } from 'react';
import { count, percentOf, THIN } from '../format.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { effortCurve, goalOf, powerCurve } from './plan-curves.ts';
import type { PlanInput } from './plan-fields.ts';
import styles from './plan-result.module.css';
import type { UnitPlan } from './plan-units.ts';
import { daysText } from './plan-words.ts';

const CurvePlot = lazy(() => import('../charts/curve-plot.tsx'));

/** What other effects would take, and what the planned units do for them; read at any effect, by pointer or by keys. */
export function PlanCurves({ input, plan }: { input: PlanInput; plan: UnitPlan }) {
  const [wanted, setWanted] = useState('days');
  const [times, setTimes] = useState(1);
  const perDay = wanted === 'days' ? input.perDay : null;
  const effort = useMemo(() => effortCurve(plan, input, perDay), [plan, input, perDay]);
  const power = useMemo(() => powerCurve(plan, input), [plan, input]);
  const difference = input.question === 'difference';
  const goal = goalOf(input);
  const what = difference ? 'effect' : 'margin';
  const units = plan.unitsFor(goal * times);
  const effortAt = (of: number | null) => (of === null ? null : perDay === null ? of : of / perDay);
  const read = effortAt(units);
  const reading =
    units === null
      ? `No number of units makes an ${what} of ${percentOf(goal * times)} possible.`
      : `${difference ? 'An effect' : 'A margin'} of ${percentOf(goal * times)} takes ${count(units)} units${input.perDay === null ? '' : `, ${daysText(units / input.perDay)}`}${difference ? `; the planned units find it in ${Math.round(plan.powerAt(goal * times) * 100)}${THIN}% of cases` : ''}.`;
  return (
    <section className="card" aria-labelledby="curves">
      <div className={styles.curvesHead}>
        <h2 id="curves">What if it were larger or smaller?</h2>
        {input.perDay !== null && (
          <SegmentedControl
            aria-label="Effort in"
            size="xs"
            value={wanted}
            onChange={setWanted}
            data={[
              { value: 'days', label: 'Days' },
              { value: 'units', label: 'Units' },
            ]}
          />
        )}
      </div>
      <div className={styles.curves}>
        <ChartPlace height={300}>
          <CurvePlot
            points={effort}
            mark={{ x: goal * 100, y: effortAt(plan.total) ?? 0 }}
            reading={times === 1 || read === null ? null : { x: goal * times * 100, y: read }}
            x={difference ? 'Smallest effect worth finding, %' : 'Margin, %'}
            y={perDay === null ? 'Units, all variants' : 'Days'}
            sentence={`Half the ${what} takes four times the ${perDay === null ? 'units' : 'days'}, twice of it a quarter`}
          />
        </ChartPlace>
        {difference && (
          <ChartPlace height={300}>
            <CurvePlot
              points={power}
              mark={{ x: goal * 100, y: input.power * 100 }}
              reading={times === 1 ? null : { x: goal * times * 100, y: plan.powerAt(goal * times) * 100 }}
              x="True effect, % of the control"
              y="Chance to find it, %"
              sentence={`The planned units find half the effect in ${Math.round(plan.powerAt(goal / 2) * 100)}${THIN}% of cases`}
            />
          </ChartPlace>
        )}
      </div>
      <label className={styles.reader}>
        <span className="small">Read both at another {what}</span>
        <input
          type="range"
          min={0.5}
          max={2}
          step={0.05}
          value={times}
          aria-valuetext={reading}
          onChange={(event) => setTimes(Number(event.currentTarget.value))}
        />
      </label>
      <p className="numbers" aria-live="polite">
        {reading}
      </p>
    </section>
  );
}
