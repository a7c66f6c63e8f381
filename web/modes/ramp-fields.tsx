import { Button, TextInput } from '@mantine/core';
import { type RampTrial, withStep } from './ramp-trial.ts';
import styles from './ramp-trial-dialog.module.css';

type Props = { trial: RampTrial; onChange: (trial: RampTrial) => void };
type Step = RampTrial['steps'][number];
type Guardrail = RampTrial['guardrails'][number];

/** Steps, guardrails and the probability of a false alarm. */
export function RampFields({ trial, onChange }: Props) {
  const { steps, guardrails, alpha } = trial;
  const setStep = (id: number, change: Partial<Step>) =>
    onChange({ ...trial, steps: steps.map((step) => (step.id === id ? { ...step, ...change } : step)) });
  const setGuardrail = (place: number, change: Partial<Guardrail>) =>
    onChange({ ...trial, guardrails: guardrails.map((each, i) => (i === place ? { ...each, ...change } : each)) });
  return (
    <>
      <fieldset className={styles.group}>
        <legend>Steps</legend>
        {steps.map((step, place) => (
          <StepFields
            key={step.id}
            step={step}
            number={place + 1}
            onChange={(change) => setStep(step.id, change)}
            onRemove={
              steps.length > 1 ? () => onChange({ ...trial, steps: steps.filter(({ id }) => id !== step.id) }) : null
            }
          />
        ))}
        <Button size="xs" variant="default" mt="sm" onClick={() => onChange(withStep(trial))}>
          Add a step
        </Button>
      </fieldset>
      <fieldset className={styles.group}>
        <legend>Guardrails</legend>
        {guardrails.map((each, place) => (
          <div key={each.name} className={styles.rail}>
            <TextInput
              label={`${each.name}: margin, ${each.unit === '%' ? '% of the control' : 'in the metric’s unit'}`}
              inputMode="decimal"
              value={each.margin}
              onChange={(event) => setGuardrail(place, { margin: event.currentTarget.value })}
            />
            <label className={styles.tick}>
              <input
                type="checkbox"
                checked={each.mustPass}
                onChange={(event) => setGuardrail(place, { mustPass: event.currentTarget.checked })}
              />
              A step waits until {each.name.toLowerCase()} passed
            </label>
          </div>
        ))}
        <div className={styles.rail}>
          <TextInput
            label="False alarms over the whole ramp, at most %"
            inputMode="decimal"
            value={alpha}
            onChange={(event) => onChange({ ...trial, alpha: event.currentTarget.value })}
          />
        </div>
      </fieldset>
    </>
  );
}

type StepProps = {
  step: Step;
  number: number;
  onChange: (change: Partial<Step>) => void;
  onRemove: (() => void) | null;
};

function StepFields({ step: { share, minutes, requests }, number, onChange, onRemove }: StepProps) {
  const field = (label: string, value: string, change: (text: string) => Partial<Step>) => (
    <TextInput
      label={label}
      aria-label={`Step ${number}: ${label}`}
      inputMode="decimal"
      value={value}
      onChange={(event) => onChange(change(event.currentTarget.value))}
    />
  );
  return (
    <div className={styles.row}>
      <span className={styles.name}>Step {number}</span>
      {field('Share, %', share, (text) => ({ share: text }))}
      {field('At least, min', minutes, (text) => ({ minutes: text }))}
      {field('At least, requests', requests, (text) => ({ requests: text }))}
      <Button
        variant="default"
        disabled={onRemove === null}
        title={onRemove === null ? 'A ramp has one step at least.' : undefined}
        aria-label={`Remove step ${number}`}
        onClick={() => onRemove?.()}
      >
        Remove
      </Button>
    </div>
  );
}
