import { Button } from '@mantine/core';
import { useState } from 'react';
import type { ShadowReport } from '../../server/contract/shadow-contract.ts';
import { anyNumber, dateTime } from '../format.ts';
import { ModeCard } from './mode-card.tsx';
import styles from './shadow-examples.module.css';
import { measureName } from './shadow-words.ts';

const FEW = 5;

type Example = ShadowReport['examples'][number];

/** The largest disagreements of which the service let a sample out. */
export function ShadowExamples({ examples, running }: { examples: Example[]; running: boolean }) {
  const [all, showAll] = useState(false);
  const listed = all ? examples : examples.slice(0, FEW);
  return (
    <ModeCard
      id="examples"
      title="Largest disagreements"
      sentence={`The ${examples.length} largest of which a sample was kept${running ? ', so far' : ''}. Open one to compare both answers.`}
    >
      <ul className={styles.list}>
        {listed.map((example) => (
          <li key={example.decision}>
            <details>
              <summary>
                <span className="numbers">{measuresText(example.measures)}</span>{' '}
                <span className="muted small">{dateTime(example.at)}</span>
              </summary>
              <pre className={`${styles.json} mono`}>{JSON.stringify(content(example), null, 2)}</pre>
            </details>
          </li>
        ))}
      </ul>
      {examples.length > FEW && (
        <Button size="xs" variant="default" mt="sm" aria-expanded={all} onClick={() => showAll(!all)}>
          {all ? 'Show the largest' : `Show all ${examples.length}`}
        </Button>
      )}
    </ModeCard>
  );
}

const content = ({ decision, champion, candidate, example }: Example) => ({ decision, champion, candidate, example });

/** "Difference of the answers 0.31"; that they do not agree, all of them have in common. */
function measuresText(measures: Example['measures']): string {
  const told = Object.entries(measures).filter(([name]) => name !== 'agree');
  const parts = told.map(([name, value]) => {
    const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : anyNumber(Number(value.toPrecision(3)));
    return `${measureName(name)} ${text}`;
  });
  return parts.slice(0, 3).join(', ') || 'Answers differ';
}
