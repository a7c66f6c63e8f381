import { Link } from 'react-router';
import type { Home } from '../../server/contract/home-contract.ts';
import { counted } from '../format.ts';
import { Icon } from '../parts/icons.tsx';
import styles from './first-steps.module.css';

/** Before the first experiment: what there is to do, and what of it is done. */
export function FirstSteps({ counts }: { counts: Home['counts'] }) {
  return (
    <section className={`${styles.empty} card`} aria-labelledby="first-steps">
      <h2 id="first-steps">No experiments yet</h2>
      <p className="muted">
        An experiment compares the variants of one slot, a place in a service where a model answers.
      </p>
      <ol className={styles.steps}>
        <Step done={counts.slots > 0}>
          Describe the slot and its variants, through the API.
          {counts.slots > 0 && (
            <>
              {' '}
              There {counts.slots === 1 ? 'is' : 'are'} <Link to="/slots">{counted(counts.slots, 'slot')}</Link>.
            </>
          )}
        </Step>
        <Step done={false}>
          Call the slot from your service; its page has the lines to paste. Units and outcomes then arrive by
          themselves.
        </Step>
        <Step done={counts.metrics > 0}>
          Describe the metrics that count.
          {counts.metrics > 0 && (
            <>
              {' '}
              There {counts.metrics === 1 ? 'is' : 'are'}{' '}
              <Link to="/catalogue">{counted(counts.metrics, 'metric')}</Link>.
            </>
          )}
        </Step>
        <Step done={false}>
          <Link to="/planner">Plan</Link> an experiment and create it. It appears here as a draft, ready to start.
        </Step>
      </ol>
      <p>
        The <a href="/docs">API reference</a> has every request with an example. To see filled pages first, run{' '}
        <code>npm run demo</code>.
      </p>
    </section>
  );
}

function Step({ done, children }: { done: boolean; children: React.ReactNode }) {
  return (
    <li className={done ? 'tone-good' : 'tone-quiet'}>
      <span className={styles.sign}>
        <Icon name={done ? 'check' : 'dashed'} size={18} />
      </span>
      <span>
        {done && <strong>Done: </strong>}
        {children}
      </span>
    </li>
  );
}
