import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { DraftPlanForm } from './draft-plan-form.tsx';
import { NewExperimentForm } from './new-experiment-form.tsx';
import styles from './save-card.module.css';
import type { SaveProps } from './save-props.ts';

/** The plan becomes part of an experiment: of a new one, or of one that is still a draft. */
export function SaveCard(props: SaveProps) {
  const [target, setTarget] = useState(props.form.get('experiment') ? 'draft' : 'new');
  return (
    <section className={`${styles.save} card`} aria-labelledby="save">
      <div className={styles.head}>
        <h2 id="save">Save into an experiment</h2>
        <SegmentedControl
          aria-label="Which experiment"
          size="xs"
          value={target}
          onChange={setTarget}
          data={[
            { value: 'new', label: 'A new one' },
            { value: 'draft', label: 'A draft' },
          ]}
        />
      </div>
      {target === 'new' ? <NewExperimentForm {...props} /> : <DraftPlanForm {...props} />}
    </section>
  );
}
