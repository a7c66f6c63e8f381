import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import type { Slot } from '../../server/contract/catalog.ts';
import { slotListQuery } from '../api/catalogue-queries.ts';
import { explainQuery } from '../api/explain-query.ts';
import { readAttributes } from '../explain/attribute-rows.ts';
import { ExplainForm } from '../explain/explain-form.tsx';
import { missingAttributes } from '../explain/explain-words.ts';
import { ExplanationView } from '../explain/explanation-view.tsx';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { useAddressForm } from '../planner/use-address-form.ts';
import styles from './explain-page.module.css';

/** Why does this unit get this variant? Asked of the very rules that SDKs have; nothing is recorded. */
export default function ExplainPage() {
  const slots = useQuery(slotListQuery);
  if (slots.isPending) return <PageSkeleton />;
  return (
    <div className="stack">
      <title>Explain · Assay</title>
      <div>
        <h1>Why this variant?</h1>
        <p className="muted">
          Every rule and draw that leads to the decision of a unit, by the rules that services have at this moment.
          Nothing is recorded. The address holds the question, so it can be shared.
        </p>
      </div>
      {slots.isError && !slots.data && <ProblemNotice error={slots.error} onRetry={() => slots.refetch()} />}
      {slots.data?.length === 0 && (
        <p className="card">
          No slots yet, so there is nothing to decide. A slot is a named place in a service where a model answers: make
          one through the <a href="/docs">API</a>.
        </p>
      )}
      {slots.data && slots.data.length > 0 && <Explainer slots={slots.data} />}
    </div>
  );
}

function Explainer({ slots }: { slots: Slot[] }) {
  const [form, change] = useAddressForm();
  // The address follows the typing a moment later: what it holds is asked.
  const [asked] = useSearchParams();
  const slot = slots.find(({ key }) => key === asked.get('slot'));
  const unit = asked.get('unit') ?? '';
  const read = readAttributes(asked.get('attributes') ?? '');
  const attributes = read.problem === null ? read.attributes : {};
  const isComplete = slot !== undefined && unit !== '' && read.problem === null;
  const query = useQuery({ ...explainQuery({ slot: slot?.key ?? '', unit, attributes }), enabled: isComplete });
  const answer = isComplete ? query.data : undefined;
  return (
    <div className={styles.page}>
      <ExplainForm slots={slots} form={form} change={change} missing={missingAttributes(answer, attributes)} />
      <div className={styles.answer}>
        {!isComplete && <p className="card muted">{wanting(slot, unit, read.problem)}</p>}
        {isComplete && query.isError && <ProblemNotice error={query.error} onRetry={() => query.refetch()} />}
        {isComplete && query.isPending && <PageSkeleton />}
        {answer && slot && answer.slot === slot.key && <ExplanationView answer={answer} slot={slot} />}
      </div>
    </div>
  );
}

/** What is still to be entered. */
function wanting(slot: Slot | undefined, unit: string, problem: string | null): string {
  if (slot === undefined) return 'Choose a slot, and say which unit it is about.';
  if (unit === '') return 'Enter a unit: a user, a session or a request, as the service names it.';
  return `The attributes cannot be read. ${problem}`;
}
