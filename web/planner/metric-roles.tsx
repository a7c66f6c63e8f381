import { Button, CloseButton, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Slot } from '../../server/contract/catalog.ts';
import { metricsQuery } from '../api/queries.ts';
import { chosenVariants, comparisonsOf, type DraftForm, type Role, type RoleRow } from './experiment-draft.ts';
import type { PlanInput } from './plan-fields.ts';
import styles from './save-card.module.css';

type Props = {
  draft: DraftForm;
  edit: (changes: Partial<DraftForm>) => void;
  slot: Slot | null;
  input: PlanInput;
  metric: string;
  change: (changes: Record<string, string>) => void;
  problem: string | undefined;
};

const roles: Record<Role, string> = { primary: 'Primary', secondary: 'Secondary', guardrail: 'Guardrail' };

/** What is measured, and what for: the primary ones decide, guardrails must not get worse. */
export function MetricRoles({ draft, edit, slot, input, metric, change, problem }: Props) {
  const { metrics: rows } = draft;
  const comparisons = comparisonsOf(rows, chosenVariants(draft, slot, input.challengers));
  const set = (id: number, changes: Partial<RoleRow>) =>
    edit({ metrics: rows.map((row) => (row.id === id ? { ...row, ...changes } : row)) });
  const next = Math.max(...rows.map(({ id }) => id), 0) + 1;
  return (
    <fieldset className={styles.group}>
      <legend>Metrics</legend>
      {rows.map((row, place) => (
        <Row
          key={row.id}
          row={row}
          place={place + 1}
          metric={row.metric ?? metric}
          invalid={problem !== undefined}
          onChange={(changes) => set(row.id, changes)}
          onRemove={() => edit({ metrics: rows.filter(({ id }) => id !== row.id) })}
        />
      ))}
      {problem && <p className={styles.problem}>{problem}</p>}
      {comparisons > 0 && comparisons !== input.comparisons && (
        <p className={styles.note}>
          The plan counts {input.comparisons} primary {input.comparisons === 1 ? 'comparison' : 'comparisons'}; these
          metrics and variants make {comparisons}.
          <Button size="compact-xs" variant="default" onClick={() => change({ comparisons: String(comparisons) })}>
            Plan with {comparisons}
          </Button>
        </p>
      )}
      <div>
        <Button
          size="xs"
          variant="default"
          onClick={() => edit({ metrics: [...rows, { id: next, metric: '', role: 'secondary', margin: '' }] })}
        >
          Add a metric
        </Button>
      </div>
    </fieldset>
  );
}

type RowProps = {
  row: RoleRow;
  place: number;
  metric: string;
  invalid: boolean;
  onChange: (changes: Partial<RoleRow>) => void;
  onRemove: () => void;
};

function Row({ row, place, metric, invalid, onChange, onRemove }: RowProps) {
  const { data: catalogue = [] } = useQuery(metricsQuery);
  return (
    <div className={styles.row}>
      <NativeSelect
        aria-label={`Metric ${place}`}
        value={metric}
        error={invalid}
        onChange={(event) => onChange({ metric: event.currentTarget.value })}
        data={[
          { value: '', label: catalogue.length === 0 ? 'No metrics yet' : 'Choose a metric' },
          ...catalogue.map(({ key, name }) => ({ value: key, label: name })),
        ]}
      />
      <NativeSelect
        aria-label={`Role of metric ${place}`}
        value={row.role}
        onChange={(event) => onChange({ role: event.currentTarget.value as Role })}
        data={Object.entries(roles).map(([value, label]) => ({ value, label }))}
      />
      {row.role === 'guardrail' ? (
        <TextInput
          aria-label={`Margin of metric ${place}, %`}
          leftSection={<span className="muted small">margin</span>}
          leftSectionWidth={58}
          rightSection={<span className="muted small">%</span>}
          inputMode="decimal"
          value={row.margin}
          onChange={(event) => onChange({ margin: event.currentTarget.value })}
        />
      ) : (
        <span />
      )}
      <CloseButton aria-label={`Remove metric ${place}`} onClick={onRemove} />
    </div>
  );
}
