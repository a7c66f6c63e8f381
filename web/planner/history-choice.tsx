import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { problemOf } from '../api/error-sentence.ts';
import { metricHistoryQuery, metricsQuery } from '../api/queries.ts';
import { canPlan, fieldsFromHistory, historySentence } from './history-texts.ts';

type Props = { form: URLSearchParams; change: (changes: Record<string, string>) => void };

/** Fills the form with what a metric was like in its latest phase. */
export function HistoryChoice({ form, change }: Props) {
  const metrics = useQuery(metricsQuery);
  const chosen = metrics.data?.find(({ key }) => key === form.get('metric')) ?? null;
  const history = useQuery({ ...metricHistoryQuery(chosen?.key ?? ''), enabled: chosen !== null });
  const found = history.data;
  const empty = !form.get('kind');
  // A metric was chosen here or by a link; from then on the fields are the reader's own.
  // A slot's own traffic tells more than that of the place where the metric was measured last.
  const elsewhere = !form.get('slot');
  useEffect(() => {
    if (!chosen || !found || !empty) return;
    const { perDay, ...fields } = fieldsFromHistory(chosen, found);
    change(elsewhere && perDay ? { ...fields, perDay } : fields);
  }, [chosen, found, empty, elsewhere, change]);
  return (
    <NativeSelect
      label="Take numbers from"
      value={chosen?.key ?? ''}
      description={chosen && history.data ? historySentence(chosen, history.data) : undefined}
      error={history.isError || metrics.isError ? problemOf(history.error ?? metrics.error).title : undefined}
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      onChange={(event) =>
        change({ metric: event.currentTarget.value, ...(event.currentTarget.value && { kind: '' }) })
      }
      data={[
        { value: '', label: 'No metric: enter them' },
        ...(metrics.data ?? []).filter(canPlan).map(({ key, name }) => ({ value: key, label: name })),
      ]}
    />
  );
}
