import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Slot } from '../../server/contract/catalog.ts';
import type { ExperimentSummary } from '../../server/contract/report-contract.ts';
import { slotListQuery } from '../api/catalogue-queries.ts';
import { experimentsQuery } from '../api/queries.ts';
import { counted } from '../format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { isMode, modeNames } from '../parts/mode-names.ts';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Badge } from '../parts/state-badge.tsx';
import { isOpen, switchLook } from '../slots/slot-words.ts';

/** Every place in a service where one of several models answers. */
export default function SlotsPage() {
  const slots = useQuery(slotListQuery);
  const experiments = useQuery(experimentsQuery);
  if (slots.isPending || experiments.isPending) return <PageSkeleton />;
  const failed = [slots, experiments].find(({ isError }) => isError);
  return (
    <div className="stack">
      <title>Slots · Assay</title>
      <div>
        <h1>Slots</h1>
        <p className="muted">
          {slots.data && slots.data.length > 0 && `${counted(slots.data.length, 'slot')}. `}
          Each is a place in a service where one of several models answers.
        </p>
      </div>
      {failed && <ProblemNotice error={failed.error} onRetry={() => failed.refetch()} />}
      {slots.data?.length === 0 && (
        <p className="card">
          No slots yet. Make one through the API, with the variants that may answer; the{' '}
          <a href="/docs">API reference</a> has an example. <Link to="/">Home</Link> has the first steps.
        </p>
      )}
      {slots.data && slots.data.length > 0 && <SlotTable slots={slots.data} experiments={experiments.data ?? []} />}
    </div>
  );
}

function SlotTable({ slots, experiments }: { slots: Slot[]; experiments: ExperimentSummary[] }) {
  return (
    <div className="card" style={{ paddingBlock: '0.5rem' }}>
      <DataTable
        label="Slots"
        head="Slot"
        columns={[
          { name: 'Answers', wide: true },
          { name: 'Champion', wide: true },
          { name: 'What runs', wide: true },
          { name: 'State', wide: true },
        ]}
        rows={slots.map((slot) => {
          const open = experiments.filter((one) => one.slot === slot.key && isOpen(one));
          return {
            id: slot.key,
            head: (
              <Link to={`/slots/${encodeURIComponent(slot.key)}`}>
                <strong>{slot.key}</strong>
              </Link>
            ),
            cells: [
              slot.output,
              <span key="champion">
                <code>{slot.champion}</code>
                <span className="muted small"> of {counted(slot.variants.length, 'variant')}</span>
              </span>,
              <Running key="runs" open={open} />,
              <Badge key="switch" look={switchLook(open)} />,
            ],
          };
        })}
      />
    </div>
  );
}

function Running({ open }: { open: ExperimentSummary[] }) {
  if (open.length === 0) return <span className="muted">the champion alone</span>;
  return open.map(({ key, name, mode }, place) => (
    <span key={key}>
      {place > 0 && ', '}
      <Link to={`/experiments/${encodeURIComponent(key)}`}>{name}</Link>
      {isMode(mode) && <span className="muted small"> ({modeNames[mode]})</span>}
    </span>
  ));
}
