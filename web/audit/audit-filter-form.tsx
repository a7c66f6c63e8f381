import { Button, NativeSelect, TextInput } from '@mantine/core';
import { filterFields, kinds } from './audit-address.ts';
import styles from './audit-filter-form.module.css';
import { actions } from './audit-words.ts';

type Props = {
  form: URLSearchParams;
  change: (changes: Record<string, string>) => void;
  filtered: boolean;
};

/** Narrows the record; it stands in the address, so that a link shows the same entries. */
export function AuditFilterForm({ form, change, filtered }: Props) {
  const text = (name: (typeof filterFields)[number]) => form.get(name) ?? '';
  const kind = text('kind');
  const action = text('action');
  return (
    <form className={`${styles.form} card`} aria-label="Filter" onSubmit={(event) => event.preventDefault()}>
      <NativeSelect
        label="On"
        value={kind}
        data={[
          { value: '', label: 'Everything' },
          ...Object.entries(kinds).map(([value, label]) => ({ value, label })),
        ]}
        onChange={(event) => change({ kind: event.currentTarget.value, thing: '', action: '' })}
      />
      <TextInput
        label="Its key"
        placeholder={kind === '' ? 'Choose what first' : 'all of them'}
        disabled={kind === ''}
        value={text('thing')}
        onChange={(event) => change({ thing: event.currentTarget.value })}
      />
      <NativeSelect
        label="Done"
        value={action}
        data={[
          { value: '', label: 'Anything' },
          ...Object.entries(actions)
            .filter(([value]) => value === action || kind === '' || kindOfAction(value) === kind)
            .map(([value, label]) => ({ value, label })),
        ]}
        onChange={(event) => change({ action: event.currentTarget.value })}
      />
      <TextInput
        label="By"
        placeholder="part of a name"
        value={text('who')}
        onChange={(event) => change({ who: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label="From"
        value={text('from')}
        max={text('to') || undefined}
        onChange={(event) => change({ from: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label="To"
        value={text('to')}
        min={text('from') || undefined}
        onChange={(event) => change({ to: event.currentTarget.value })}
      />
      {filtered && (
        <Button
          variant="default"
          className={styles.clear ?? ''}
          onClick={() => change(Object.fromEntries(filterFields.map((name) => [name, ''])))}
        >
          Show everything
        </Button>
      )}
    </form>
  );
}

/** A ramp is of an experiment, a variant of a slot. */
function kindOfAction(action: string): string {
  const kind = action.slice(0, action.indexOf('.'));
  return kind === 'canary' ? 'experiment' : kind === 'variant' ? 'slot' : kind;
}
