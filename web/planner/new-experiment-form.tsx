import { Button, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { slotListQuery } from '../api/catalogue-queries.ts';
import { createExperimentMutation } from '../api/planner-queries.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { type DraftForm, type DraftProblems, emptyDraft, experimentBody, keyOfName } from './experiment-draft.ts';
import { MetricRoles } from './metric-roles.tsx';
import { PhasesBefore } from './phases-before.tsx';
import { parseNumber } from './plan-fields.ts';
import { daysText } from './plan-words.ts';
import { refusedFields } from './refused-fields.ts';
import styles from './save-card.module.css';
import type { SaveProps } from './save-props.ts';
import { SlotSelect } from './slot-select.tsx';
import { VariantChoice } from './variant-choice.tsx';

/** A new experiment around the plan: where, on what, measured by what, and what comes before the test. */
export function NewExperimentForm({ form, change, input, plan }: SaveProps) {
  const [draft, setDraft] = useState<DraftForm>(() => emptyDraft(input));
  const [missing, setMissing] = useState<DraftProblems>({});
  const slots = useQuery(slotListQuery);
  const slot = slots.data?.find(({ key }) => key === form.get('slot')) ?? null;
  const metric = form.get('metric') ?? '';
  const create = useMutation(createExperimentMutation);
  const navigate = useNavigate();
  const element = useRef<HTMLFormElement>(null);
  const refused = refusedFields(create.error);
  const problems = { ...refused, ...missing };
  const edit = (changes: Partial<DraftForm>) => {
    setDraft((now) => ({ ...now, ...changes }));
    setMissing({});
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    create.reset();
    const { body, problems: found } = experimentBody(draft, { slot, metric, input, units: plan.total });
    setMissing(found);
    const made = body && (await create.mutateAsync(body).catch(() => null));
    if (made) navigate(`/experiments/${made.key}`);
    // After the messages stand at their fields.
    else setTimeout(() => element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  const text = (name: 'name' | 'hypothesis') => ({
    value: draft[name],
    error: problems[name],
    onChange: (event: { currentTarget: { value: string } }) => edit({ [name]: event.currentTarget.value }),
  });
  return (
    <form ref={element} className={styles.form} aria-label="New experiment" onSubmit={submit} noValidate>
      <div className={styles.pair}>
        <TextInput label="Name" description="What is tried" inputWrapperOrder={ORDER} {...text('name')} />
        <TextInput
          label="Key"
          description="In the address and for programs; never changes"
          inputWrapperOrder={ORDER}
          spellCheck={false}
          value={draft.key ?? keyOfName(draft.name)}
          error={problems.key}
          onChange={(event) => edit({ key: event.currentTarget.value })}
        />
      </div>
      <Textarea label="Hypothesis (optional)" autosize minRows={2} maxLength={2000} {...text('hypothesis')} />
      <div className={styles.pair}>
        <SlotSelect label="Slot" form={form} change={change} problem={problems.slot} />
        <RangeFields draft={draft} edit={edit} days={plan.days} problem={problems.range} />
      </div>
      <VariantChoice draft={draft} edit={edit} slot={slot} input={input} change={change} problem={problems.variants} />
      <MetricRoles
        draft={draft}
        edit={edit}
        slot={slot}
        input={input}
        metric={metric}
        change={change}
        problem={problems.metrics}
      />
      <PhasesBefore draft={draft} edit={edit} slot={slot} input={input} problem={problems.before} />
      {problems.plan && (
        <p className={styles.problem} role="alert">
          The plan: {problems.plan}
        </p>
      )}
      {create.isError && Object.keys(refused).length === 0 && <ProblemNotice error={create.error} />}
      <div className={styles.end}>
        <p className="muted small">
          It is made as a draft: nothing changes for anybody until you start it on its page.
        </p>
        <Button type="submit" loading={create.isPending}>
          Create the experiment
        </Button>
      </div>
    </form>
  );
}

const ORDER: ('label' | 'input' | 'error' | 'description')[] = ['label', 'input', 'error', 'description'];

type RangeProps = {
  draft: DraftForm;
  edit: (changes: Partial<DraftForm>) => void;
  /** Of the plan, with all units of the slot. */
  days: number | null;
  problem: string | undefined;
};

/** Which part of the slot's units it may use. */
function RangeFields({ draft, edit, days, problem }: RangeProps) {
  const share = ((parseNumber(draft.to) ?? 0) - (parseNumber(draft.from) ?? 0)) / 100;
  return (
    <fieldset className={styles.group}>
      <legend>Part of the slot’s units, %</legend>
      <div className={styles.pair}>
        {(['from', 'to'] as const).map((end) => (
          <TextInput
            key={end}
            aria-label={end === 'from' ? 'Units from, %' : 'Units to, %'}
            leftSection={<span className="muted small">{end}</span>}
            leftSectionWidth={46}
            inputMode="decimal"
            value={draft[end]}
            error={problem !== undefined}
            onChange={(event) => edit({ [end]: event.currentTarget.value })}
          />
        ))}
      </div>
      {problem && <p className={styles.problem}>{problem}</p>}
      {days !== null && share > 0 && share < 1 && (
        <p className="small">With this part of the units it takes {daysText(days / share)}.</p>
      )}
      <p className="muted small">Experiments that run on one slot at the same time need parts that do not overlap.</p>
    </fieldset>
  );
}
