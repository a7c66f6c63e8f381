import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ChangeEvent, type FormEvent, useRef, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { createMetricMutation } from '../api/planner-queries.ts';
import { Icon } from '../parts/icons.tsx';
import { catalogueDefinition } from '../parts/metric-catalogue-words.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { keyOfName } from '../planner/experiment-draft.ts';
import {
  definedBy,
  emptyMetric,
  type MetricDraft,
  type MetricProblems,
  metricBody,
  refusedMetric,
} from '../planner/metric-draft.ts';
import styles from './new-metric-page.module.css';

const kinds: Record<MetricDraft['kind'], string> = {
  proportion: 'Rate: did it happen to the unit',
  count: 'Count: how often per unit',
  mean: 'Mean: sum of the values per unit',
  ratio: 'Ratio: one sum divided by another',
  retention: 'Retention: did the unit come back later',
  quantile: 'Quantile of the single values',
  rank: 'Ranks: who tends to have more',
};
const directions = { increase: 'Higher is better', decrease: 'Lower is better' };

/** How outcomes become one number per unit. */
export default function NewMetricPage() {
  const [draft, setDraft] = useState(emptyMetric);
  const [missing, setMissing] = useState<MetricProblems>({});
  const create = useMutation(createMetricMutation);
  const navigate = useNavigate();
  const element = useRef<HTMLFormElement>(null);
  const refused = refusedMetric(create.error);
  const problems = { ...refused, ...missing };
  const edit = (changes: Partial<MetricDraft>) => {
    setDraft((now) => ({ ...now, ...changes }));
    setMissing({});
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    create.reset();
    const { body, problems: found } = metricBody(draft);
    setMissing(found);
    const made = body && (await create.mutateAsync(body).catch(() => null));
    if (made) navigate(`/catalogue/${made.key}`);
    // After the messages stand at their fields.
    else setTimeout(() => element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  const field = (name: keyof MetricDraft, label: string, description?: string) => ({
    label,
    description,
    inputWrapperOrder: ORDER,
    value: draft[name] ?? '',
    error: problems[name],
    onChange: ({ currentTarget: { value } }: ChangeEvent<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>) =>
      edit({ [name]: value }),
  });
  const { body } = metricBody({ ...draft, name: draft.name || 'x' });
  return (
    <div className="stack">
      <title>New metric · Assay</title>
      <Link to="/catalogue" className={`${styles.back} muted small`}>
        <Icon name="back" size={14} />
        Metrics
      </Link>
      <div>
        <h1>Define a metric</h1>
        <p className="muted">How what happens to a unit becomes one number. It never changes once it is defined.</p>
      </div>
      <form ref={element} className={`${styles.form} card`} aria-label="New metric" onSubmit={submit} noValidate>
        <div className={styles.pair}>
          <TextInput {...field('name', 'Name', 'As people say it')} />
          <TextInput
            {...field('key', 'Key', 'In addresses and for programs')}
            value={draft.key ?? keyOfName(draft.name)}
            spellCheck={false}
          />
        </div>
        <div className={styles.pair}>
          <NativeSelect {...field('kind', 'Kind')} data={dataOf(kinds)} />
          <NativeSelect {...field('direction', 'Direction')} data={dataOf(directions)} />
        </div>
        <div className={styles.pair}>
          <TextInput
            {...field(
              'outcome',
              draft.kind === 'ratio' ? 'Outcome above the line' : 'Outcome',
              'Name of the events that the service sends',
            )}
            spellCheck={false}
          />
          {draft.kind === 'ratio' && (
            <TextInput
              {...field('denominator', 'Outcome below the line', 'What its sum is divided by')}
              spellCheck={false}
            />
          )}
          {draft.kind === 'quantile' && (
            <TextInput {...field('quantile', 'Quantile, %', '95 is p95; 50 the median')} inputMode="decimal" />
          )}
        </div>
        <div className={styles.pair}>
          {draft.kind === 'retention' && (
            <TextInput {...field('from', 'Window opens, days', 'After the first exposure')} inputMode="decimal" />
          )}
          <TextInput
            {...field('window', 'Window closes, days', 'After the first exposure; what comes later does not count')}
            inputMode="decimal"
          />
        </div>
        <Textarea {...field('description', 'Description (optional)')} autosize minRows={2} maxLength={2000} />
        {body && (
          <p role="status" className="small">
            <strong>{catalogueDefinition(definedBy(body))}</strong>
          </p>
        )}
        {create.isError && Object.keys(refused).length === 0 && <ProblemNotice error={create.error} />}
        <div className={styles.end}>
          <p className="muted small">
            Filters, caps and proxies are declared through the <a href="/docs">API</a>.
          </p>
          <Button type="submit" loading={create.isPending}>
            Define it
          </Button>
        </div>
      </form>
    </div>
  );
}

const ORDER: ('label' | 'input' | 'error' | 'description')[] = ['label', 'input', 'error', 'description'];
const dataOf = (texts: Record<string, string>) => Object.entries(texts).map(([value, label]) => ({ value, label }));
