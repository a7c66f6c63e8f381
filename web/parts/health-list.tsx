import { Link } from 'react-router';
import type { HealthItem } from '../../server/contract/report-contract.ts';
import { anyNumber, NONE, percentOf, words } from '../format.ts';
import { healthHelp } from './health-help.ts';
import styles from './health-list.module.css';
import { Icon } from './icons.tsx';
import { healthLooks } from './tones.ts';

const names: Record<HealthItem['check'], string> = {
  sample_ratio: 'Sample ratio',
  segment_ratio: 'Sample ratio by segment',
  mixed_units: 'Mixed units',
  calls: 'Calls',
  late_outcomes: 'Late outcomes',
  pending: 'Pending events',
  skewness: 'Skewed values',
  plan: 'Looks as planned',
  shadow_dropped: 'Dropped shadow calls',
  shadow_reference: 'Second calls of the champion',
  team_draft: 'Draft of teams',
  degraded: 'Missing lists',
  retention: 'Raw events',
};

const symbols: Record<string, string> = {
  chiSquare: 'χ²',
  degreesOfFreedom: 'degrees of freedom',
  pValue: 'p',
  eValue: 'e-value',
  logEValue: 'ln e-value',
  largestLogEValue: 'largest ln e-value',
};
const shares = new Set(['share', 'alarmAbove']);

function numberText(name: string, value: number | string | null): string {
  if (typeof value !== 'number') return value ?? NONE;
  return shares.has(name) ? percentOf(value) : anyNumber(value);
}

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
            <HealthRow key={`${item.check} ${item.sentence}`} item={item} />
          ))}
      </ul>
    </section>
  );
}

function HealthRow({ item }: { item: HealthItem }) {
  const { label, tone, icon } = healthLooks[item.status];
  const numbers = Object.entries(item.numbers).filter(
    ([name]) => !(name === 'logEValue' && item.numbers.eValue != null),
  );
  return (
    <li className={`${styles.item} ${tone} ${item.causes.length > 0 ? styles.wide : ''}`}>
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
                <dt>{symbols[name] ?? words(name)}</dt>
                <dd>{numberText(name, value)}</dd>
              </div>
            ))}
          </dl>
        )}
        {item.causes.length > 0 && (
          <>
            <p className={`${styles.causesTitle} small`}>Likely causes, the most likely first:</p>
            <ol className={`${styles.causes} small`}>
              {item.causes.map((cause) => (
                <li key={cause}>{cause}</li>
              ))}
            </ol>
          </>
        )}
        <Help item={item} />
      </div>
    </li>
  );
}

/** What to do, where anything is to be done; and where the cause is seen, always. */
function Help({ item: { check, status } }: { item: HealthItem }) {
  const { fix, href, place } = healthHelp[check];
  const onPage = href.startsWith('#') || href === '/metrics';
  return (
    <p className={`${styles.help} small`}>
      {(status === 'alarm' || status === 'warning') && (
        <>
          <strong>What to do: </strong>
          {fix}{' '}
        </>
      )}
      {onPage ? <a href={href}>{place}</a> : <Link to={href}>{place}</Link>}
    </p>
  );
}
