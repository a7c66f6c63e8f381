import { Button, NativeSelect } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { Experiment } from '../../server/contract/catalog.ts';
import type { Phase } from '../../server/contract/phase-contract.ts';
import { problemOf } from '../api/error-sentence.ts';
import { declarationQuery, savePlanMutation } from '../api/planner-queries.ts';
import { experimentsQuery, metricsQuery } from '../api/queries.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { challengersOf, metricsWithMargin, phaseWithPlan, plannablePhases } from './draft-phase.ts';
import { planChanges } from './plan-changes.ts';
import styles from './save-card.module.css';
import type { SaveProps } from './save-props.ts';

/** The plan of an experiment that has not started is replaced by this one. */
export function DraftPlanForm({ form, change, input, plan }: SaveProps) {
  const experiments = useQuery(experimentsQuery);
  const drafts = (experiments.data ?? []).filter(({ state }) => state === 'draft');
  const key = drafts.find((one) => one.key === form.get('experiment'))?.key ?? '';
  const draft = useQuery({ ...declarationQuery(key), enabled: key !== '' });
  if (experiments.isError) return <ProblemNotice error={experiments.error} onRetry={() => experiments.refetch()} />;
  if (experiments.data && drafts.length === 0) {
    return <p className="muted">There is no draft: every experiment has started. Make a new one instead.</p>;
  }
  return (
    <div className={styles.form}>
      <NativeSelect
        label="Draft"
        description="Experiments that have started keep their plan, so that nobody can move the goal."
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        error={draft.isError ? problemOf(draft.error).title : undefined}
        value={key}
        onChange={(event) => change({ experiment: event.currentTarget.value })}
        data={[{ value: '', label: 'Choose a draft' }, ...drafts.map((one) => ({ value: one.key, label: one.name }))]}
      />
      {draft.data && <PlanInto key={key} experiment={draft.data} {...{ form, change, input, plan }} />}
    </div>
  );
}

function PlanInto({ experiment, form, change, input, plan }: SaveProps & { experiment: Experiment }) {
  const phases = plannablePhases(experiment);
  const [position, setPosition] = useState(phases[0]?.position ?? null);
  const phase = phases.find((each) => each.position === position);
  const metrics = useQuery(metricsQuery);
  const save = useMutation(savePlanMutation);
  const navigate = useNavigate();
  if (!phase)
    return (
      <p className="muted">This draft has no A/B test whose units Assay assigns, so it takes no plan of this kind.</p>
    );
  const metric = form.get('metric') ?? '';
  const nameOf = (key: string) => metrics.data?.find((each) => each.key === key)?.name ?? key;
  const margins = metricsWithMargin(experiment, metric, input);
  const wanted = phaseWithPlan(phase, input, plan.total);
  const others = challengersOf(phase).length;
  const confirm = () =>
    save.mutate(
      { experiment: experiment.key, position: phase.position, phase: wanted, metrics: margins },
      { onSuccess: () => navigate(`/experiments/${experiment.key}`) },
    );
  return (
    <>
      {phases.length > 1 && (
        <NativeSelect
          label="Phase"
          value={String(position)}
          onChange={(event) => setPosition(Number(event.currentTarget.value))}
          data={phases.map((each) => ({ value: String(each.position), label: phaseLabel(each, experiment) }))}
        />
      )}
      <dl className={styles.changes}>
        {planChanges(phase, wanted).map(({ name, before, after }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {before === after ? (
                after
              ) : (
                <>
                  <del>{before}</del> → <strong>{after}</strong>
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {metric !== '' && !experiment.metrics.some((each) => each.metric === metric) && (
        <p className="small">
          {margins
            ? `“${nameOf(metric)}” is added to its metrics as a guardrail with this margin.`
            : `It does not measure “${nameOf(metric)}”, for which this plan was made: its own primary metrics need other sizes.`}
        </p>
      )}
      {save.isError && <ProblemNotice error={save.error} />}
      <div className={styles.end}>
        <p className="muted small" id="why-not">
          {others === input.challengers
            ? 'What the planner does not ask, such as covariates and lateness, stays.'
            : `The plan is for ${input.challengers} beside the control, this draft has ${others}.`}
        </p>
        {others === input.challengers ? (
          <Button onClick={confirm} loading={save.isPending}>
            Save the plan
          </Button>
        ) : (
          <Button variant="default" onClick={() => change({ challengers: String(others) })}>
            Plan with {others}
          </Button>
        )}
      </div>
    </>
  );
}

const phaseLabel = ({ position }: Phase, { phases }: Experiment): string =>
  `Phase ${position + 1} of ${phases.length}, A/B test`;
