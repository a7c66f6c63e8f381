import styles from './fact-list.module.css';

/** Names with their values, in as many columns as there is room for. */
export function FactList({ facts }: { facts: [string, string][] }) {
  return (
    <dl className={styles.list}>
      {facts.map(([name, text]) => (
        <div key={name}>
          <dt className="muted small">{name}</dt>
          <dd className="numbers">{text}</dd>
        </div>
      ))}
    </dl>
  );
}
