import type { ReactNode } from 'react';
import styles from './mode-card.module.css';

type Props = { id: string; title: string; sentence?: string; children?: ReactNode };

/** A card of a mode: what it is about, what it says, then the picture and the numbers. */
export function ModeCard({ id, title, sentence, children }: Props) {
  return (
    <section className={`${styles.card} card`} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {sentence && <p className={styles.sentence}>{sentence}</p>}
      {children}
    </section>
  );
}
