import { count, percentOf, plain, THIN } from '../format.ts';
import { Icon } from '../parts/icons.tsx';
import type { PlanInput } from './plan-fields.ts';
import styles from './plan-result.module.css';
import { costsOf, type PlanProblem, type UnitPlan } from './plan-units.ts';
import { costText, daysText, goalText, plannedSentence, planWarnings } from './plan-words.ts';

type Props = { input: PlanInput | null; plan: UnitPlan | PlanProblem | null };

/** The answer in units and days, how it came about, and what to beware of. */
export function PlanResult({ input, plan }: Props) {
  if (!input || plan?.status !== 'ok') {
    return (
      <section className="card" aria-labelledby="answer">
        <h2 id="answer">No plan yet</h2>
        <p className="muted">
          {plan?.status === 'problem' && plan.field === null
            ? `These numbers do not fit together: ${plan.message}.`
            : 'A field has a number that cannot be used; it says which ones can.'}
        </p>
      </section>
    );
  }
  return (
    <section className="card" aria-labelledby="answer" aria-live="polite">
      <h2 id="answer" className={styles.answer}>
        {count(plan.total)} units
        {plan.days !== null && <span>, {daysText(plan.days)}</span>}
      </h2>
      <p>{plannedSentence(input, plan)}</p>
      <Breakdown input={input} plan={plan} />
      {planWarnings(input, plan).map((warning) => (
        <p key={warning} className={`${styles.warning} tone-caution`}>
          <Icon name="warning" size={18} />
          <span>{warning}</span>
        </p>
      ))}
    </section>
  );
}

function Breakdown({ input, plan }: { input: PlanInput; plan: UnitPlan }) {
  const { achieved, plainPerArm, control, challenger } = plan;
  return (
    <dl className={`${styles.facts} numbers`}>
      <div>
        <dt>Control</dt>
        <dd>{count(control)} units</dd>
      </div>
      <div>
        <dt>{input.challengers === 1 ? 'Variant' : `Each of ${input.challengers} other variants`}</dt>
        <dd>{count(challenger)} units</dd>
      </div>
      <div>
        <dt>One look, halves, independent units</dt>
        <dd>{count(Math.ceil(plainPerArm))} per arm</dd>
      </div>
      {costsOf(plan).map(({ name, factor, units }) => (
        <div key={name}>
          <dt>
            Because of {name}, × {plain(factor, 2)}
          </dt>
          <dd>{costText(units, input.perDay)}</dd>
        </div>
      ))}
      {achieved && (
        <div>
          <dt>With {count(input.available ?? 0)} units</dt>
          <dd>
            power {plain(achieved.power * 100, 0)}
            {THIN}%{achieved.detectable !== null && `; finds ${goalText(input)} from ${percentOf(achieved.detectable)}`}
          </dd>
        </div>
      )}
    </dl>
  );
}
