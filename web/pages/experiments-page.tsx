import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import type { ExperimentSummary } from '../../server/contract/report-contract.ts';
import { experimentsQuery } from '../api/queries.ts';
import { count, dateOnly, NONE } from '../format.ts';
import { filterExperiments, isStateChoice, listText, stateChoices } from '../home/filter-experiments.ts';
import { Icon } from '../parts/icons.tsx';
import { isMode, modeNames } from '../parts/mode-names.ts';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { stateLooks, verdictLooks } from '../parts/tones.ts';
import styles from './experiments-page.module.css';

/** Every experiment: filtered by state and by words, both in the address. */
export default function ExperimentsPage() {
  const query = useQuery(experimentsQuery);
  const [search, setSearch] = useSearchParams();
  const asked = search.get('state');
  const state = isStateChoice(asked) ? asked : 'all';
  const text = search.get('q') ?? '';
  if (query.isPending) return <PageSkeleton />;
  const all = query.data ?? [];
  const shown = filterExperiments(all, state, text);
  const set = (name: string, value: string) =>
    setSearch(
      (before) => {
        if (value === '' || value === 'all') before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  return (
    <div className="stack">
      <title>Experiments · Assay</title>
      <div>
        <h1>Experiments</h1>
        {all.length > 0 && (
          <p className="muted" role="status">
            {listText(all, shown.length)}
          </p>
        )}
      </div>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => query.refetch()} />}
      {all.length > 0 && (
        <search className={styles.filter}>
          <TextInput
            label="Find by name, key or slot"
            type="search"
            value={text}
            onChange={(event) => set('q', event.currentTarget.value)}
            className={styles.find}
          />
          <NativeSelect
            label="State"
            value={state}
            onChange={(event) => set('state', event.currentTarget.value)}
            data={stateChoices.map((choice) => ({
              value: choice,
              label: choice === 'all' ? 'All' : stateLooks[choice].label,
            }))}
          />
        </search>
      )}
      {query.data && all.length === 0 && <NoExperiments />}
      {all.length > 0 &&
        (shown.length > 0 ? (
          <ExperimentTable experiments={shown} />
        ) : (
          <NoneFound onAll={() => setSearch({}, { replace: true })} />
        ))}
    </div>
  );
}

function NoExperiments() {
  return (
    <p className="card">
      No experiments yet. <Link to="/">Home</Link> has the first steps.
    </p>
  );
}

function NoneFound({ onAll }: { onAll: () => void }) {
  return (
    <div className="card">
      <p>No experiment is called so in this state.</p>
      <Button size="xs" variant="default" mt="sm" onClick={onAll}>
        Show all experiments
      </Button>
    </div>
  );
}

function ExperimentTable({ experiments }: { experiments: ExperimentSummary[] }) {
  return (
    <div className={`${styles.frame} card`}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Experiment</th>
            <th scope="col">Status</th>
            <th scope="col">Verdict</th>
            <th scope="col" className={styles.right}>
              Units
            </th>
            <th scope="col" className={styles.right}>
              Started
            </th>
          </tr>
        </thead>
        <tbody>
          {experiments.map((experiment) => (
            <ExperimentRow key={experiment.key} experiment={experiment} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ExperimentRow({ experiment }: { experiment: ExperimentSummary }) {
  const { tone, icon } = verdictLooks[experiment.verdict.kind];
  return (
    <tr>
      <th scope="row" className={styles.name}>
        <Link to={`/experiments/${encodeURIComponent(experiment.key)}`}>{experiment.name}</Link>
        <span className="muted small">
          slot <code>{experiment.slot}</code>
          {isMode(experiment.mode) && `, ${modeNames[experiment.mode]}`}
        </span>
      </th>
      <td>
        <StateBadge state={experiment.state} />
      </td>
      <td className={styles.verdict}>
        <span className={tone}>
          <Icon name={icon} size={17} />
          <span>{experiment.verdict.sentence}</span>
        </span>
      </td>
      <td className={`${styles.right} numbers`} data-label="Units">
        {count(experiment.units)}
      </td>
      <td className={`${styles.right} numbers`} data-label="Started">
        {experiment.startedAt ? dateOnly(experiment.startedAt) : NONE}
      </td>
    </tr>
  );
}
