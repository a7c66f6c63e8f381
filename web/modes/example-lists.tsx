import type { InterleaveReport } from '../../server/contract/interleave-contract.ts';
import { dateTime } from '../format.ts';
import { Icon } from '../parts/icons.tsx';
import { VariantName } from '../parts/variant-name.tsx';
import styles from './example-lists.module.css';
import { ModeCard } from './mode-card.tsx';

type Props = { interleave: InterleaveReport; colours: Map<string, string> };
type Example = InterleaveReport['examples'][number];

/** Some lists as they were shown: which ranking put each item there, and which items earned something. */
export function ExampleLists({ interleave: { examples, metrics, teams }, colours }: Props) {
  const nameOf = (key: string) => metrics.find((metric) => metric.key === key)?.name ?? key;
  return (
    <ModeCard
      id="examples"
      title="Example lists"
      sentence={
        examples.length === 0
          ? 'None yet: a list is shown here once the windows of its outcomes have closed.'
          : `The last ${examples.length === 1 ? 'list' : `${examples.length} lists`} whose windows have closed. The colour tells who put an item there, a tick that it earned an outcome.`
      }
    >
      {examples.length > 0 && (
        <ul className={`${styles.teams} small`}>
          {teams.map(({ variant }) => (
            <li key={variant}>
              <VariantName name={variant} colour={colours.get(variant)} />
            </li>
          ))}
          <li className="muted">Dotted: both rankings had the same item there, so it counts for nobody.</li>
        </ul>
      )}
      <ul className={styles.lists}>
        {examples.map((example, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lists have no names that are told here
          <li key={`${example.at} ${place}`}>
            <ExampleList example={example} colours={colours} nameOf={nameOf} />
          </li>
        ))}
      </ul>
    </ModeCard>
  );
}

type ListProps = { example: Example; colours: Map<string, string>; nameOf: (key: string) => string };

function ExampleList({ example: { at, items, length }, colours, nameOf }: ListProps) {
  return (
    <>
      <p className="muted small">{dateTime(at)}</p>
      <ol className={styles.items}>
        {items.map(({ id, variant, contested, outcomes }) => (
          <li
            key={id}
            className={contested ? undefined : styles.agreed}
            style={{ borderLeftColor: colours.get(variant) ?? 'var(--live)' }}
          >
            <span className={styles.id}>{id}</span>
            <span className="muted small">{contested ? variant : 'both'}</span>
            {outcomes.length > 0 && (
              <span className={`${styles.earned} small`}>
                <Icon name="check" size={14} />
                {outcomes.map(nameOf).join(', ')}
              </span>
            )}
          </li>
        ))}
      </ol>
      {length > items.length && <p className="muted small">and {length - items.length} more</p>}
    </>
  );
}
