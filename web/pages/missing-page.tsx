import { Link } from 'react-router';

export function MissingPage({ what = 'page' }: { what?: string }) {
  return (
    <div className="stack" style={{ padding: '3rem 0', alignItems: 'flex-start' }}>
      <title>Not found · Assay</title>
      <h1>There is no such {what}</h1>
      <p className="muted">The address may be mistyped, or what was here has been renamed.</p>
      <Link to="/experiments">All experiments</Link>
    </div>
  );
}
