import { NativeSelect } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { problemOf } from '../api/error-sentence.ts';
import { metricHistoryQuery, metricsQuery } from '../api/queries.ts';
import { canPlan, fieldsFromHistory, historySentence } from './history-texts.ts';

type Props = { form: URLSearchParams; change: (changes: Record<string, string>) => void };

/** Fills the form with what a metric was like in its latest phase. */
export function HistoryChoice({ form, change }: Props) {
  const client = useQueryClient();
  const metrics = useQuery(metricsQuery);
  const chosen = metrics.data?.find(({ key }) => key === form.get('metric')) ?? null;
  const history = useQuery({ ...metricHistoryQuery(chosen?.key ?? ''), enabled: chosen !== null });
  const choose = async (key: string) => {
    const metric = metrics.data?.find((one) => one.key === key);
    change({ metric: key });
    if (!metric) return;
    const found = await client.fetchQuery(metricHistoryQuery(key)).catch(() => null);
    if (found) change(fieldsFromHistory(metric, found));
  };
  return (
    <NativeSelect
      label="Take numbers from"
      value={chosen?.key ?? ''}
      description={chosen && history.data ? historySentence(chosen, history.data) : undefined}
      error={history.isError || metrics.isError ? problemOf(history.error ?? metrics.error).title : undefined}
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      onChange={(event) => choose(event.currentTarget.value)}
      data={[
        { value: '', label: 'No metric: enter them' },
        ...(metrics.data ?? []).filter(canPlan).map(({ key, name }) => ({ value: key, label: name })),
      ]}
    />
  );
}
