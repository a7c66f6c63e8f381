import { Progress } from '@mantine/core';
import type { Report } from '../../server/contract/report-contract.ts';
import { Icon } from './icons.tsx';
import styles from './live-banner.module.css';
import { lookPlan } from './look-plan.ts';

/** Stands above live numbers: they are for watching, and this says when the deciding ones come. */
export function LiveBanner({ report }: { report: Report }) {
  const plan = lookPlan(report);
  if (!plan) return null;
  const percent = plan.share === null ? null : plan.share * 100;
  return (
    <section className={`${styles.banner} card`} aria-labelledby="live-numbers">
      <Icon name="clock" size={20} />
      <div className={styles.words}>
        <h2 id="live-numbers">{plan.title}</h2>
        <p>{plan.when}</p>
      </div>
      <div className={styles.progress}>
        <p className="small numbers">{plan.progress}</p>
        {percent !== null && (
          <Progress.Root size={8} radius="xl">
            <Progress.Section value={percent} color="var(--live)" aria-label="Share of the plan reached" />
          </Progress.Root>
        )}
      </div>
    </section>
  );
}
