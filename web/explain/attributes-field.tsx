import { Button, NativeSelect, SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { useId, useRef, useState } from 'react';
import {
  type AttributeRow,
  type AttributeType,
  attributesOf,
  attributeTypes,
  readAttributes,
  rowProblem,
  rowsOf,
} from './attribute-rows.ts';
import styles from './explain-form.module.css';

type Props = {
  /** JSON as in the address. */
  text: string;
  onText: (text: string) => void;
  /** Attributes that rules ask for and that are not given. */
  missing: string[];
};

type Editing = { rows: AttributeRow[] | null; json: string };

/** What the service knows of the unit: a row an attribute, or JSON as it stands in a log. */
export function AttributesField({ text, onText, missing }: Props) {
  const [{ rows, json }, setEditing] = useState(() => startOf(text));
  const label = useId();
  const read = readAttributes(json);
  const asRows = read.problem === null ? rowsOf(read.attributes) : null;
  const setRows = (next: AttributeRow[]) => {
    const attributes = attributesOf(next);
    const isEmpty = Object.keys(attributes).length === 0;
    setEditing({ rows: next, json: isEmpty ? '' : JSON.stringify(attributes, null, 2) });
    onText(isEmpty ? '' : JSON.stringify(attributes));
  };
  const setJson = (next: string) => {
    setEditing({ rows: null, json: next });
    const answer = readAttributes(next);
    onText(answer.problem === null && next.trim() !== '' ? JSON.stringify(answer.attributes) : next);
  };
  return (
    <div className={styles.attributes}>
      <div className={styles.attributesHead}>
        <span id={label} className={styles.label}>
          Attributes
        </span>
        <SegmentedControl
          size="xs"
          aria-label="How attributes are entered"
          value={rows ? 'rows' : 'json'}
          onChange={(value) => setEditing({ rows: value === 'rows' ? (asRows ?? []) : null, json })}
          data={[
            { value: 'rows', label: 'Rows', disabled: rows === null && asRows === null },
            { value: 'json', label: 'JSON' },
          ]}
        />
      </div>
      {rows ? (
        <Rows rows={rows} labelledBy={label} missing={missing} onRows={setRows} />
      ) : (
        <Textarea
          aria-label="Attributes as JSON"
          autosize
          minRows={4}
          maxRows={16}
          classNames={{ input: 'mono' }}
          placeholder='{"country": "AT"}'
          value={json}
          error={read.problem}
          description={
            read.problem === null && asRows === null
              ? 'Rows cannot show this: they take words, numbers and yes or no.'
              : undefined
          }
          onChange={(event) => setJson(event.currentTarget.value)}
        />
      )}
    </div>
  );
}

function startOf(text: string): Editing {
  const read = readAttributes(text);
  if (read.problem !== null) return { rows: null, json: text };
  const isEmpty = Object.keys(read.attributes).length === 0;
  return { rows: rowsOf(read.attributes), json: isEmpty ? '' : JSON.stringify(read.attributes, null, 2) };
}

type RowsProps = {
  rows: AttributeRow[];
  labelledBy: string;
  missing: string[];
  onRows: (rows: AttributeRow[]) => void;
};

function Rows({ rows, labelledBy, missing, onRows }: RowsProps) {
  const list = useRef<HTMLFieldSetElement>(null);
  const change = (place: number, changes: Partial<AttributeRow>) =>
    onRows(rows.map((row, at) => (at === place ? { ...row, ...changes } : row)));
  const add = (name: string) => {
    onRows([...rows, { id: Math.max(-1, ...rows.map(({ id }) => id)) + 1, name, type: 'text', text: '' }]);
    // The new row is there after React has drawn it.
    requestAnimationFrame(() => {
      const fields = list.current?.querySelectorAll<HTMLInputElement>(
        `input[data-part="${name === '' ? 'name' : 'value'}"]`,
      );
      fields?.item(fields.length - 1)?.focus();
    });
  };
  const remove = (place: number) => {
    onRows(rows.filter((_, at) => at !== place));
    list.current?.querySelector<HTMLButtonElement>('button[data-part="add"]')?.focus();
  };
  return (
    <fieldset ref={list} className={styles.rows} aria-labelledby={labelledBy}>
      {rows.map((row, place) => (
        <Row
          key={row.id}
          row={row}
          place={place}
          onChange={(changes) => change(place, changes)}
          onRemove={() => remove(place)}
        />
      ))}
      <div className={styles.adders}>
        <Button size="xs" variant="default" data-part="add" onClick={() => add('')}>
          Add attribute
        </Button>
        {missing.length > 0 && <span className="muted small">Rules ask for</span>}
        {missing.map((name) => (
          <Button key={name} size="xs" variant="default" onClick={() => add(name)} aria-label={`Add ${name}`}>
            {name}
          </Button>
        ))}
      </div>
    </fieldset>
  );
}

type RowProps = {
  row: AttributeRow;
  place: number;
  onChange: (changes: Partial<AttributeRow>) => void;
  onRemove: () => void;
};

function Row({ row, place, onChange, onRemove }: RowProps) {
  const { name, type, text } = row;
  const of = name.trim() === '' ? `attribute ${place + 1}` : name;
  return (
    <div className={styles.row}>
      <TextInput
        aria-label={`Name of attribute ${place + 1}`}
        placeholder="country"
        data-part="name"
        value={name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      <NativeSelect
        aria-label={`Type of ${of}`}
        value={type}
        data={Object.entries(attributeTypes).map(([value, label]) => ({ value, label }))}
        onChange={(event) => {
          const next = event.currentTarget.value as AttributeType;
          onChange({ type: next, ...(next === 'boolean' && { text: 'true' }) });
        }}
      />
      {type === 'boolean' ? (
        <NativeSelect
          aria-label={`Value of ${of}`}
          value={text}
          data={[
            { value: 'true', label: 'Yes (true)' },
            { value: 'false', label: 'No (false)' },
          ]}
          onChange={(event) => onChange({ text: event.currentTarget.value })}
        />
      ) : (
        <TextInput
          aria-label={`Value of ${of}`}
          placeholder={type === 'list' ? 'new, returning' : type === 'number' ? '12' : 'AT'}
          data-part="value"
          value={text}
          error={rowProblem(row)}
          onChange={(event) => onChange({ text: event.currentTarget.value })}
        />
      )}
      <Button size="xs" variant="subtle" onClick={onRemove} aria-label={`Remove ${of}`} className={styles.remove ?? ''}>
        Remove
      </Button>
    </div>
  );
}
