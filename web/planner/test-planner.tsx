import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useMemo } from 'react';
import { metricsQuery } from '../api/queries.ts';
import { ReSplitCard } from '../parts/a-a-card.tsx';
import { PlanCurves } from './plan-curves-card.tsx';
import { readPlanForm } from './plan-fields.ts';
import { PlanJsonCard } from './plan-json-card.tsx';
import { PlanResult } from './plan-result.tsx';
import { planUnits } from './plan-units.ts';
import styles from './planner-form.module.css';
import { SaveCard } from './save-card.tsx';
import { TestForm } from './test-form.tsx';

type Props = { form: URLSearchParams; change: (changes: Record<string, string>) => void };

/** The plan of an A/B test: questions beside the answer. */
export function TestPlanner({ form, change }: Props) {
  const deferred = useDeferredValue(form);
  const shown = useMemo(() => readPlanForm(form), [form]);
  const { input, plan } = useMemo(() => {
    const read = readPlanForm(deferred);
    return { input: read.input, plan: read.input && planUnits(read.input) };
  }, [deferred]);
  const refused = plan?.status === 'problem' ? plan : null;
  const problems = refused?.field ? { ...shown.problems, [refused.field]: refused.message } : shown.problems;
  const { data: metrics } = useQuery(metricsQuery);
  const metric = metrics?.find(({ key }) => key === form.get('metric'));
  return (
    <div className={styles.columns}>
      <TestForm form={form} texts={shown.texts} problems={problems} change={change} />
      <div className={styles.results}>
        <PlanResult input={input} plan={plan} />
        {input && plan?.status === 'ok' && (
          <>
            <PlanCurves input={input} plan={plan} />
            {metric && <ReSplitCard key={metric.key} metric={metric} />}
            <SaveCard form={form} change={change} input={input} plan={plan} />
            <PlanJsonCard input={input} plan={plan} />
          </>
        )}
      </div>
    </div>
  );
}
