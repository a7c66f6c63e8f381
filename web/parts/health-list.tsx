import type { HealthItem } from '../../server/contract/report.ts';
import { anyNumber, NONE, words } from '../format.ts';
import styles from './health-list.module.css';
import { Icon } from './icons.tsx';
import { healthLooks } from './tones.ts';

const names: Record<HealthItem['check'], string> = {
  sample_ratio: 'Sample ratio',
  mixed_units: 'Mixed units',
  calls: 'Calls',
  late_outcomes: 'Late outcomes',
  pending: 'Pending events',
};

/** Whether the numbers can be trusted, worst first. */
const order: Record<HealthItem['status'], number> = { alarm: 0, warning: 1, waiting: 2, ok: 3 };

export function HealthList({ health }: { health: HealthItem[] }) {
  return (
    <section className="card" aria-labelledby="health">
      <h2 id="health">Health of the data</h2>
      {health.length === 0 && <p className="muted">There is nothing to check before the first unit arrives.</p>}
      <ul className={styles.list}>
        {health
          .toSorted((a, b) => order[a.status] - order[b.status])
          .map((item) => (
            <HealthRow key={item.check} item={item} />
          ))}
      </ul>
    </section>
  );
}

function HealthRow({ item }: { item: HealthItem }) {
  const { label, tone, icon } = healthLooks[item.status];
  const numbers = Object.entries(item.numbers);
  return (
    <li className={`${styles.item} ${tone}`}>
      <Icon name={icon} size={18} />
      <div>
        <h3 className={styles.name}>
          {names[item.check]} <span className={styles.status}>{label}</span>
        </h3>
        <p>{item.sentence}</p>
        {numbers.length > 0 && (
          <dl className={`${styles.numbers} small numbers`}>
            {numbers.map(([name, value]) => (
              <div key={name}>
                <dt>{words(name)}</dt>
                <dd>{typeof value === 'number' ? anyNumber(value) : (value ?? NONE)}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </li>
  );
}
