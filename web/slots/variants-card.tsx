import { Button } from '@mantine/core';
import type { Slot, Variant } from '../../server/contract/catalog.ts';
import { Badge } from '../parts/state-badge.tsx';
import type { Look } from '../parts/tones.ts';
import type { SlotQuestion } from './slot-dialog.tsx';
import { championQuestion } from './slot-questions.ts';
import styles from './variants-card.module.css';

const champion: Look = { label: 'Champion', tone: 'tone-good', icon: 'flag' };

type Props = { slot: Slot; obstacle: string | null; onAsk: (question: SlotQuestion) => void };

/** The champion first, then the others, each with what the service gets to call it. */
export function VariantsCard({ slot, obstacle, onAsk }: Props) {
  const first = slot.variants.filter(({ key }) => key === slot.champion);
  const others = slot.variants.filter(({ key }) => key !== slot.champion);
  return (
    <section className="card" aria-labelledby="variants">
      <h2 id="variants">Variants</h2>
      <ul className={styles.list}>
        {[...first, ...others].map((variant) => (
          <VariantItem key={variant.key} variant={variant} slot={slot} obstacle={obstacle} onAsk={onAsk} />
        ))}
      </ul>
      {others.length === 0 && (
        <p className="muted small">
          It is the only one: add another through the API, then an experiment can compare them.
        </p>
      )}
      {others.length > 0 && obstacle && (
        <p id="champion-obstacle" className={`${styles.obstacle} muted small`}>
          Make champion: {obstacle}
        </p>
      )}
    </section>
  );
}

function VariantItem({ variant: { key, payload }, slot, obstacle, onAsk }: Props & { variant: Variant }) {
  const isChampion = key === slot.champion;
  return (
    <li className={styles.variant}>
      <div className={styles.head}>
        <h3 className="mono">{key}</h3>
        {isChampion ? (
          <Badge look={champion} />
        ) : (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Make champion: ${key}`}
            disabled={obstacle !== null}
            aria-describedby={obstacle === null ? undefined : 'champion-obstacle'}
            onClick={() => onAsk(championQuestion(slot.key, slot.champion, key))}
          >
            Make champion
          </Button>
        )}
      </div>
      {payload === null ? (
        <p className="muted small">No payload: the service knows it by its key.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard
        <section className={styles.frame} tabIndex={0} aria-label={`Payload of ${key}`}>
          <pre className={`${styles.payload} mono`}>{JSON.stringify(payload, null, 2)}</pre>
        </section>
      )}
    </li>
  );
}
