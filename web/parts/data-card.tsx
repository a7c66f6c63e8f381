import { Button, Progress } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import type { RebuildLine, RebuildStep } from '../../server/contract/long-work-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { type ExportProgress, exportData, rebuild } from '../api/long-work.ts';
import { bytes, counted, count as number, plain, THIN } from '../format.ts';
import styles from './data-card.module.css';
import { type LongWork, useLongWork } from './use-long-work.ts';

const STEPS: Record<RebuildStep, string> = {
  exposures: 'Reading exposures: who got what, and when',
  outcomes: 'Adding up the outcomes of each unit',
  units: 'Comparing each unit with what was known of it',
  sums: 'Summing units for the report',
  calls: 'Counting calls',
};

const ROWS: Record<NonNullable<Report['phase']>['mode'], string> = {
  ab: 'a row for each unit with its variant, its first exposure and its totals of each metric',
  canary: 'a row for each unit and step with its variant, its first exposure and its totals of each metric',
  holdout: 'a row for each unit with its variant and its first exposure',
  bandit: 'a row for each decision with its variant, its propensity and its reward',
  interleave: 'a row for each impression with the team of each item and what was credited to it',
  shadow: 'a row for each comparison of the two answers, with its label once that is known',
};

/** The data behind a phase: to take away, and to be computed again. */
export function DataCard({ report }: { report: Report }) {
  const { experiment, phase, health } = report;
  if (!phase) return null;
  const subject = { experiment: experiment.key, phase: phase.position };
  const gone = health.find(({ check }) => check === 'retention')?.sentence ?? null;
  return (
    <section className="card" aria-labelledby="data">
      <h2 id="data">Data</h2>
      <div className={styles.works}>
        <ExportWork key={`export ${phase.position}`} subject={subject} rows={ROWS[phase.mode]} />
        <RebuildWork key={`rebuild ${phase.position}`} subject={subject} gone={gone} />
      </div>
    </section>
  );
}

type Subject = { experiment: string; phase: number };

function ExportWork({ subject, rows }: { subject: Subject; rows: string }) {
  const work = useLongWork<ExportProgress, { name: string; progress: ExportProgress }>(async (tell, signal) => {
    const { file, ...rest } = await exportData(subject, tell, signal);
    save(file, rest.name);
    return rest;
  });
  const { now } = work;
  const come = now.state === 'running' ? now.progress : null;
  const share = come?.of ? Math.min(1, come.rows / come.of) : null;
  return (
    <Work
      title="Export as CSV"
      about={`A file with ${rows}.`}
      button="Export"
      work={work}
      share={share}
      doing={come ? `${exported(come)} so far${come.of ? `, of about ${number(come.of)}` : ''}` : 'Asking for the data'}
      done={now.state === 'done' ? `${exported(now.result.progress)}, saved as ${now.result.name}.` : ''}
      cancelled="Cancelled: no file was saved."
    />
  );
}

const exported = ({ rows, bytes: size }: ExportProgress): string => `${counted(rows, 'row')}, ${bytes(size)}`;

function RebuildWork({ subject, gone }: { subject: Subject; gone: string | null }) {
  const work = useLongWork<RebuildLine, Extract<RebuildLine, { type: 'done' }>>((tell, signal) =>
    rebuild(subject, tell, signal),
  );
  const { now } = work;
  const line = now.state === 'running' ? now.progress : null;
  return (
    <Work
      title="Compute again from raw events"
      about="The report comes out the same unless something was wrong. Looks that were taken stay as they are, and new events wait until it is done."
      button="Compute again"
      disabled={gone}
      work={work}
      share={line?.type === 'step' ? line.done / line.of : 0}
      doing={line?.type === 'step' ? `${STEPS[line.step]} (${line.done + 1} of ${line.of})` : 'Waiting for its turn'}
      done={now.state === 'done' ? rebuilt(now.result) : ''}
      cancelled="Cancelled: all is as it was."
    />
  );
}

const rebuilt = ({ seconds, changed }: { seconds: number; changed: number }): string =>
  `Done in ${plain(seconds, 1)}${THIN}s: ${changed === 0 ? 'every unit was right.' : `${counted(changed, 'row')} of units put right.`}`;

type WorkProps = {
  title: string;
  about: string;
  button: string;
  /** Why it cannot be started; null: it can. */
  disabled?: string | null;
  work: { now: LongWork<unknown, unknown>; start: () => void; cancel: () => void };
  /** 0-1; null where nobody knows. */
  share: number | null;
  doing: string;
  done: string;
  cancelled: string;
};

/** One piece of long work: what it does, how far it is, how it ended. */
function Work({ title, about, button, disabled = null, work, share, doing, done, cancelled }: WorkProps) {
  const id = useId();
  const { now, start, cancel } = work;
  const running = now.state === 'running';
  return (
    <section aria-labelledby={`${id}-title`} className={styles.work}>
      <h3 id={`${id}-title`}>{title}</h3>
      <p id={`${id}-about`} className="muted small">
        {disabled ?? about}
      </p>
      <div className={styles.actions}>
        <Button
          size="xs"
          variant="default"
          aria-describedby={`${id}-about`}
          {...(running ? { onClick: cancel } : { onClick: start })}
          disabled={disabled !== null}
        >
          {running ? 'Cancel' : button}
        </Button>
        {running && <Bar share={share} label={title} />}
      </div>
      <Ending now={now} doing={doing} done={done} cancelled={cancelled} />
    </section>
  );
}

function Bar({ share, label }: { share: number | null; label: string }) {
  const value = (share ?? 1) * 100;
  return (
    <Progress.Root size={8} radius="xl" className={styles.bar ?? ''}>
      <Progress.Section
        value={value}
        color="var(--focus)"
        animated={share === null}
        aria-label={label}
        {...(share === null ? { 'aria-valuetext': 'under way' } : {})}
      />
    </Progress.Root>
  );
}

/** How it goes is there to be read; only how it ended is announced. */
function Ending({
  now,
  doing,
  done,
  cancelled,
}: Pick<WorkProps, 'doing' | 'done' | 'cancelled'> & { now: LongWork<unknown, unknown> }): ReactNode {
  const ended =
    now.state === 'done'
      ? done
      : now.state === 'failed'
        ? `It failed. ${now.why}`
        : now.state === 'cancelled'
          ? cancelled
          : '';
  return (
    <>
      {now.state === 'running' && <p className="small numbers">{doing}…</p>}
      <p role="status" className={`small numbers ${now.state === 'failed' ? styles.failed : ''}`}>
        {ended}
      </p>
    </>
  );
}

function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  Object.assign(document.createElement('a'), { href: address, download: name }).click();
  // The browser reads the address after the click.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
