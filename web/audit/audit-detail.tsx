import { VisuallyHidden } from '@mantine/core';
import styles from './audit-detail.module.css';
import { type Change, changesOf, fieldsOf, NOTHING } from './detail-diff.ts';

/** What the sentence leaves out: what was before and after, and the numbers behind it. */
export function AuditDetail({ detail }: { detail: Record<string, unknown> }) {
  const { before, after, ...rest } = detail;
  const isEdit = before !== undefined && after !== undefined;
  const changes = isEdit ? changesOf(before, after) : [];
  const whole = isEdit ? rest : { ...objectOf(before), ...objectOf(after), ...rest };
  const fields = fieldsOf(whole).filter(({ path, text }) => path !== '' && text !== NOTHING);
  if (changes.length + fields.length === 0) return null;
  return (
    <details className={`${styles.detail} small`}>
      <summary>{isEdit ? 'What changed' : 'Details'}</summary>
      <dl className={styles.fields}>
        {changes.map((change) => (
          <div key={`changed ${change.path}`}>
            <dt className="muted">{change.path}</dt>
            <dd>
              <Changed {...change} />
            </dd>
          </div>
        ))}
        {fields.map(({ path, text }) => (
          <div key={path}>
            <dt className="muted">{path}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Changed({ before, after }: Change) {
  return (
    <>
      <VisuallyHidden>before </VisuallyHidden>
      {before === null ? <span className="muted">nothing</span> : <del>{before}</del>}
      <span aria-hidden="true"> → </span>
      <VisuallyHidden>, after </VisuallyHidden>
      {after === null ? <span className="muted">nothing</span> : <ins>{after}</ins>}
    </>
  );
}

const objectOf = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {});
