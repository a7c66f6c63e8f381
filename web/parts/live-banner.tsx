import { Progress } from '@mantine/core';
import type { Report } from '../../server/contract/report-contract.ts';
import { Icon } from './icons.tsx';
import styles from './live-banner.module.css';
import { lookPlan } from './look-plan.ts';

/** How far the plan is, which looks were taken, and when the next ones come; live numbers are for watching only. */
export function LiveBanner({ report }: { report: Report }) {
  const plan = lookPlan(report);
  if (!plan) return null;
  return (
    <section className={`${styles.banner} card`} aria-labelledby="live-numbers">
      <Icon name="clock" size={20} />
      <div className={styles.words}>
        <h2 id="live-numbers">{plan.title}</h2>
        <p>{plan.when}</p>
        {plan.forecast && <p>{plan.forecast}</p>}
      </div>
      <div className={styles.progress}>
        <p className="small numbers">{plan.progress}</p>
        {plan.share !== null && <PlanBar name="Share of the plan reached" share={plan.share} marks={plan.marks} />}
        {plan.precision && (
          <div>
            <p className="small numbers">{plan.precision.text}</p>
            <PlanBar name="Share of the wanted precision reached" share={plan.precision.share} marks={[]} />
          </div>
        )}
        {plan.outlook.length > 0 && (
          <dl className={`${styles.outlook} small numbers`}>
            {plan.outlook.map(([name, text]) => (
              <div key={name}>
                <dt className="muted">{name}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </section>
  );
}

/** A bar of the plan with a notch where each planned look falls. */
function PlanBar({ name, share, marks }: { name: string; share: number; marks: number[] }) {
  return (
    <div className={styles.bar}>
      <Progress.Root size={8} radius="xl">
        <Progress.Section value={share * 100} color="var(--live)" aria-label={name} />
      </Progress.Root>
      {marks.map((mark) => (
        <span key={mark} aria-hidden="true" className={styles.mark} style={{ left: `${mark * 100}%` }} />
      ))}
    </div>
  );
}
