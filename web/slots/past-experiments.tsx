import { Link } from 'react-router';
import type { ExperimentSummary } from '../../server/contract/report-contract.ts';
import { dateOnly } from '../format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { isMode, modeNames } from '../parts/mode-names.ts';
import { StateBadge } from '../parts/state-badge.tsx';

/** Experiments of the slot that do not run: drafts and what was concluded. */
export function PastExperiments({ experiments }: { experiments: ExperimentSummary[] }) {
  return (
    <section className="card" aria-labelledby="others">
      <h2 id="others">Drafts and past experiments</h2>
      {experiments.length === 0 ? (
        <p className="muted">There are none.</p>
      ) : (
        <DataTable
          label="Drafts and past experiments"
          head="Experiment"
          columns={[{ name: 'State', wide: true }, { name: 'What it came to', wide: true }, { name: 'Concluded' }]}
          rows={experiments.map(({ key, name, state, mode, verdict, concludedAt }) => ({
            id: key,
            head: (
              <>
                <Link to={`/experiments/${encodeURIComponent(key)}`}>{name}</Link>
                {isMode(mode) && <span className="muted small">, {modeNames[mode]}</span>}
              </>
            ),
            cells: [
              <StateBadge key="state" state={state} />,
              verdict.sentence,
              concludedAt ? dateOnly(concludedAt) : 'not yet',
            ],
          }))}
        />
      )}
    </section>
  );
}
