import { TextInput } from '@mantine/core';

type Props = {
  label: string;
  unit?: string | undefined;
  help?: string | undefined;
  value: string;
  problem?: string | undefined;
  numeric?: boolean;
  onText: (text: string) => void;
};

/** A field whose text may be anything while it is typed; what is wrong with it stands below. */
export function NumberText({ label, unit, help, value, problem, numeric = true, onText }: Props) {
  return (
    <TextInput
      label={unit ? `${label}, ${unit}` : label}
      description={help}
      value={value}
      error={problem}
      inputMode={numeric ? 'decimal' : 'text'}
      autoComplete="off"
      spellCheck={false}
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      onChange={(event) => onText(event.currentTarget.value)}
    />
  );
}
