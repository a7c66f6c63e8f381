import styles from './comparison-detail.module.css';
import type { FactBlock } from './comparison-facts.ts';

/** What is behind one comparison, unfolded on demand. */
export function ComparisonDetail({ id, label, blocks }: { id: string; label: string; blocks: FactBlock[] }) {
  return (
    <section id={id} className={styles.blocks} aria-label={label}>
      {blocks.map(({ title, facts, note }) => (
        <div key={title} className={styles.block}>
          <h3 className={styles.title}>{title}</h3>
          <dl className={`${styles.facts} small`}>
            {facts.map(([name, text]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
          {note && <p className="muted small">{note}</p>}
        </div>
      ))}
    </section>
  );
}
