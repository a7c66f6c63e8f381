import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, lazy, useState } from 'react';
import type { BanditReport } from '../../server/contract/bandit-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { offPolicyQuery } from '../api/queries.ts';
import { count, plain } from '../format.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { type PolicyValue, splitOf, valueRow, valueWords } from './bandit-words.ts';
import { drawn, plainly } from './estimate-words.ts';
import { ModeCard } from './mode-card.tsx';
import styles from './off-policy-card.module.css';

const EstimatePlot = lazy(() => import('../charts/estimate-plot.tsx'));

type Props = { bandit: BanditReport; report: Report; colours: Map<string, string> };

/** What a fixed split would have earned on the same traffic, from the logged propensities. */
export function OffPolicyCard({ bandit, report, colours }: Props) {
  const { offPolicy, reward } = bandit;
  const rows = drawn(offPolicy.map(({ variant, value }) => valueRow(variant, value.doublyRobust, plainly, colours)));
  return (
    <ModeCard
      id="off-policy"
      title="What a fixed split would have earned"
      sentence={
        offPolicy.length === 0
          ? 'The first values are being computed.'
          : 'Always giving one variant, estimated from what was logged.'
      }
    >
      {rows.length > 0 && (
        <ChartPlace height={46 + 36 * rows.length}>
          <EstimatePlot rows={rows} label={`${reward.name}, reward per decision, had it always been this variant`} />
        </ChartPlace>
      )}
      <ul className={styles.list}>
        {offPolicy.map(({ variant, value }) => (
          <li key={variant}>{value.sentence}</li>
        ))}
      </ul>
      {offPolicy.length > 0 && (
        <ValueTable label="Off-policy values" values={offPolicy.map(({ variant, value }) => [variant, value])} />
      )}
      {report.phase && (
        <SplitForm
          variants={bandit.posterior.arms.map(({ variant }) => variant)}
          experiment={report.experiment.key}
          phase={report.phase.position}
        />
      )}
    </ModeCard>
  );
}

function ValueTable({ label, values }: { label: string; values: [string, PolicyValue][] }) {
  return (
    <DataTable
      label={label}
      head="Split"
      columns={[
        { name: 'Doubly robust' },
        { name: 'Self-normalised' },
        { name: 'Inverse propensity' },
        { name: 'Worth of units' },
        { name: 'Mean weight' },
      ]}
      rows={values.map(([name, value]) => ({
        id: name,
        head: name,
        cells: [
          valueWords(value.doublyRobust),
          valueWords(value.snips),
          valueWords(value.ips),
          count(value.effectiveUnits),
          plain(value.meanWeight, 3),
        ],
      }))}
    />
  );
}

type FormProps = { variants: string[]; experiment: string; phase: number };

/** Any split, chosen before its value is seen. */
function SplitForm({ variants, experiment, phase }: FormProps) {
  const even = String(Number((100 / variants.length).toFixed(4)));
  const [shares, setShares] = useState(() => Object.fromEntries(variants.map((name) => [name, even])));
  const [asked, setAsked] = useState<string | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const query = useQuery({ ...offPolicyQuery(experiment, phase, asked ?? ''), enabled: asked !== null });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const read = splitOf(shares);
    setWrong('wrong' in read ? read.wrong : null);
    if ('split' in read) setAsked(read.split);
  };
  return (
    <form className={styles.form} onSubmit={submit} aria-labelledby="any-split">
      <h3 id="any-split">Any other split</h3>
      <p className="muted small">Choose it before you look: a split picked for its value looks better than it is.</p>
      <div className={styles.fields}>
        {variants.map((name) => (
          <TextInput
            key={name}
            label={`${name}, %`}
            inputMode="decimal"
            value={shares[name] ?? ''}
            onChange={(event) => setShares({ ...shares, [name]: event.currentTarget.value })}
          />
        ))}
        <Button type="submit" variant="default" loading={query.isFetching}>
          Estimate
        </Button>
      </div>
      {wrong && (
        <p role="alert" className={styles.wrong}>
          {wrong}
        </p>
      )}
      {!wrong && query.isError && <ProblemNotice error={query.error} />}
      {!wrong && query.data && (
        <>
          <p role="status">{query.data.sentence}</p>
          {query.data.status === 'ok' && (
            <ValueTable label="Value of this split" values={[['This split', query.data]]} />
          )}
        </>
      )}
    </form>
  );
}
