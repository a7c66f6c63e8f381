import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Metric } from '../../server/contract/metric-contract.ts';
import type { MetricUses } from '../../server/contract/metric-use-contract.ts';
import { metricUsesQuery } from '../api/planner-queries.ts';
import { counted } from '../format.ts';
import { marginText } from '../metric-numbers.ts';
import { DataTable } from './data-table.tsx';
import { modeNames } from './mode-names.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { StateBadge } from './state-badge.tsx';

const columns = ['Role', 'State', 'Where'].map((name) => ({ name, wide: true }));

/** Which experiments measure a metric, and what for. */
export function MetricUsesCard({ metric }: { metric: Metric }) {
  const { data: uses, error, refetch } = useQuery(metricUsesQuery(metric.key));
  if (error) return <ProblemNotice error={error} onRetry={refetch} />;
  return (
    <section className="card" aria-labelledby="uses">
      <h2 id="uses">
        {uses && uses.length > 0 ? `Used in ${counted(uses.length, 'experiment')}` : 'Where it is used'}
      </h2>
      {uses?.length === 0 && <p className="muted">No experiment measures it yet.</p>}
      {uses && uses.length > 0 && (
        <DataTable
          label="Experiments that measure it"
          head="Experiment"
          columns={columns}
          rows={uses.map(({ experiment, experimentName, role, margin, state, slot, phases }) => ({
            id: experiment,
            head: <Link to={`/experiments/${experiment}`}>{experimentName}</Link>,
            cells: [
              margin ? `${role}, worse by at most ${marginText(metric.kind, margin)}` : role,
              <StateBadge key="state" state={state} />,
              `slot ${slot}, ${measuredIn(phases)}`,
            ],
          }))}
        />
      )}
    </section>
  );
}

const measuredIn = (phases: MetricUses['uses'][number]['phases']): string =>
  phases.map(({ position, mode }) => `phase ${position + 1} (${modeNames[mode]})`).join(', ') || 'nothing started yet';
