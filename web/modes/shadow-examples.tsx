import type { ShadowReport } from '../../server/contract/shadow-contract.ts';
import { anyNumber, dateTime } from '../format.ts';
import { ModeCard } from './mode-card.tsx';
import styles from './shadow-examples.module.css';
import { measureName } from './shadow-words.ts';

type Example = ShadowReport['examples'][number];

/** The largest disagreements of which the service let a sample out. */
export function ShadowExamples({ examples, running }: { examples: Example[]; running: boolean }) {
  return (
    <ModeCard
      id="examples"
      title="Largest disagreements"
      sentence={`The ${examples.length} largest of which a sample was kept${running ? ', so far' : ''}. Open one to compare both answers.`}
    >
      <ul className={styles.list}>
        {examples.map((example) => (
          <li key={example.decision}>
            <details>
              <summary>
                <span className="numbers">{measuresText(example.measures)}</span>{' '}
                <span className="muted small">{dateTime(example.at)}</span>
              </summary>
              <pre className={`${styles.json} mono`}>{JSON.stringify(shown(example), null, 2)}</pre>
            </details>
          </li>
        ))}
      </ul>
    </ModeCard>
  );
}

const shown = ({ decision, champion, candidate, example }: Example) => ({ decision, champion, candidate, example });

/** "Difference of the answers 0.31"; that they do not agree, all of them have in common. */
function measuresText(measures: Example['measures']): string {
  const told = Object.entries(measures).filter(([name]) => name !== 'agree');
  const parts = told.map(([name, value]) => {
    const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : anyNumber(Number(value.toPrecision(3)));
    return `${measureName(name)} ${text}`;
  });
  return parts.slice(0, 3).join(', ') || 'Answers differ';
}
