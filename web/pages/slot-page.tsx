import { VisuallyHidden } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams } from 'react-router';
import type { Slot } from '../../server/contract/catalog.ts';
import type { ExperimentSummary, Report } from '../../server/contract/report-contract.ts';
import { isMissing } from '../api/error-sentence.ts';
import { experimentsQuery, metricsQuery, reportQuery } from '../api/queries.ts';
import { slotQuery } from '../api/slot-queries.ts';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ChampionsCard } from '../slots/champions-card.tsx';
import { PastExperiments } from '../slots/past-experiments.tsx';
import { PlanCard } from '../slots/plan-card.tsx';
import { SlotDialog, type SlotQuestion } from '../slots/slot-dialog.tsx';
import { SlotHead } from '../slots/slot-head.tsx';
import { doneText } from '../slots/slot-questions.ts';
import { championObstacle, isOpen } from '../slots/slot-words.ts';
import { SnippetCard } from '../slots/snippet-card.tsx';
import { VariantsCard } from '../slots/variants-card.tsx';
import { MissingPage } from './missing-page.tsx';

/** One slot: who answers, what runs on it, and how to call it. */
export default function SlotPage() {
  const { key = '' } = useParams();
  const slot = useQuery(slotQuery(key));
  const experiments = useQuery(experimentsQuery);
  if (slot.data && experiments.data) {
    return <SlotView slot={slot.data} experiments={experiments.data.filter((one) => one.slot === key)} />;
  }
  if (isMissing(slot.error)) return <MissingPage what="slot" />;
  const failed = [slot, experiments].find(({ isError }) => isError);
  if (failed) return <ProblemNotice error={failed.error} onRetry={() => failed.refetch()} headed />;
  return <PageSkeleton />;
}

function SlotView({ slot, experiments }: { slot: Slot; experiments: ExperimentSummary[] }) {
  const [question, ask] = useState<SlotQuestion | null>(null);
  const [done, setDone] = useState('');
  const open = experiments.filter(isOpen);
  const reports = useQueries({ queries: open.map(({ key }) => reportQuery(key, null)) }).map(({ data }) => data);
  return (
    <div className="stack">
      <title>{`${slot.key} · Assay`}</title>
      <SlotHead slot={slot} experiments={experiments} resumable={resumable(reports)} onAsk={ask} />
      <VisuallyHidden role="status">{done}</VisuallyHidden>
      {open.map((experiment) => (
        <PlanCard key={experiment.key} experiment={experiment} />
      ))}
      <VariantsCard slot={slot} obstacle={championObstacle(open)} onAsk={ask} />
      <SnippetCard slot={slot} outcome={useOutcome(reports)} />
      <ChampionsCard slot={slot.key} />
      <PastExperiments experiments={experiments.filter((one) => !isOpen(one))} />
      <SlotDialog
        slot={slot.key}
        question={question}
        onClose={() => ask(null)}
        onDone={(asked) => {
          ask(null);
          setDone(doneText(asked));
        }}
      />
    </div>
  );
}

/** Names of paused experiments whose phase still runs: what was rolled back stays so. */
const resumable = (reports: (Report | undefined)[]): string[] =>
  reports.flatMap((report) =>
    report?.experiment.transitions.some(({ transition, obstacle }) => transition === 'resume' && obstacle === null)
      ? [report.experiment.name]
      : [],
  );

/** An outcome that counts here, for the lines to paste. */
function useOutcome(reports: (Report | undefined)[]): string {
  const metrics = useQuery(metricsQuery);
  const wanted = reports.flatMap((report) => report?.experiment.metrics ?? []).find(({ role }) => role === 'primary');
  return metrics.data?.find(({ key }) => key === wanted?.metric)?.outcome ?? 'click';
}
