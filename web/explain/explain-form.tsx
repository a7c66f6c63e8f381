import { NativeSelect, TextInput } from '@mantine/core';
import type { Slot } from '../../server/contract/catalog.ts';
import { AttributesField } from './attributes-field.tsx';
import styles from './explain-form.module.css';

type Props = {
  slots: Slot[];
  form: URLSearchParams;
  change: (changes: Record<string, string>) => void;
  missing: string[];
};

/** Who is asked about, and where; the answer follows the typing. */
export function ExplainForm({ slots, form, change, missing }: Props) {
  const slot = form.get('slot') ?? '';
  const isKnown = slot === '' || slots.some(({ key }) => key === slot);
  return (
    <form className={`${styles.form} card`} aria-label="What to explain" onSubmit={(event) => event.preventDefault()}>
      <NativeSelect
        label="Slot"
        value={slot}
        error={isKnown ? undefined : `There is no slot “${slot}”. Choose one of the list.`}
        data={[
          { value: '', label: 'Choose a slot' },
          ...(isKnown ? [] : [{ value: slot, label: slot }]),
          ...slots.map(({ key }) => ({ value: key, label: key })),
        ]}
        onChange={(event) => change({ slot: event.currentTarget.value })}
      />
      <TextInput
        label="Unit"
        description="Who is randomised, as the service names it: a user, a session, a request"
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        placeholder="user-4711"
        maxLength={1024}
        autoComplete="off"
        spellCheck={false}
        value={form.get('unit') ?? ''}
        onChange={(event) => change({ unit: event.currentTarget.value })}
      />
      <AttributesField
        text={form.get('attributes') ?? ''}
        onText={(attributes) => change({ attributes })}
        missing={missing}
      />
    </form>
  );
}
