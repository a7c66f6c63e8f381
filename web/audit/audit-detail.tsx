import styles from './audit-list.module.css';
import { changesOf, fieldsOf } from './detail-diff.ts';

/** What the sentence leaves out: what was before and after, and the numbers behind it. */
export function AuditDetail({ detail }: { detail: Record<string, unknown> }) {
  const { before, after, ...rest } = detail;
  const changes = changesOf(before, after);
  const fields = fieldsOf(rest).filter(({ path }) => path !== '');
  return (
    <details className="small">
      <summary>{changes.length > 0 ? 'What changed' : 'Details'}</summary>
      {changes.length > 0 && (
        <table className={styles.changes}>
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {changes.map((change) => (
              <tr key={change.path}>
                <th scope="row">{change.path}</th>
                <td>{change.before === null ? 'not there' : <del>{change.before}</del>}</td>
                <td>{change.after === null ? 'taken out' : <ins>{change.after}</ins>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {fields.length > 0 && (
        <dl className={styles.fields}>
          {fields.map(({ path, text }) => (
            <div key={path}>
              <dt className="muted">{path}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )}
    </details>
  );
}
