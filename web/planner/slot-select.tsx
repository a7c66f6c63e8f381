import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { slotListQuery } from '../api/catalogue-queries.ts';
import { problemOf } from '../api/error-sentence.ts';
import { slotTrafficQuery } from '../api/planner-queries.ts';
import { trafficSentence, typedPerDay } from './history-texts.ts';

type Props = {
  label: string;
  form: URLSearchParams;
  change: (changes: Record<string, string>) => void;
  problem?: string | undefined;
};

/** The slot of the experiment. Its real traffic fills the field, until the reader types another number. */
export function SlotSelect({ label, form, change, problem }: Props) {
  const slots = useQuery(slotListQuery);
  const chosen = slots.data?.find(({ key }) => key === form.get('slot'))?.key ?? '';
  const traffic = useQuery({ ...slotTrafficQuery(chosen), enabled: chosen !== '' });
  const failure = slots.error ?? traffic.error;
  const perDay = traffic.data && typedPerDay(traffic.data);
  const taken = form.get('trafficOf') === chosen;
  useEffect(() => {
    if (chosen !== '' && perDay && !taken) change({ perDay, trafficOf: chosen });
  }, [chosen, perDay, taken, change]);
  return (
    <NativeSelect
      label={label}
      value={chosen}
      description={chosen !== '' && traffic.data !== undefined ? trafficSentence(traffic.data) : undefined}
      error={problem ?? (failure ? problemOf(failure).title : undefined)}
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      onChange={(event) => change({ slot: event.currentTarget.value })}
      data={[
        { value: '', label: slots.data?.length === 0 ? 'No slots yet' : 'Choose a slot' },
        ...(slots.data ?? []).map(({ key }) => ({ value: key, label: key })),
      ]}
    />
  );
}
