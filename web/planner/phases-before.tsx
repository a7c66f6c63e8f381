import { Checkbox, TextInput } from '@mantine/core';
import type { Slot } from '../../server/contract/catalog.ts';
import { weightPercent } from '../format.ts';
import {
  chosenVariants,
  type DraftForm,
  obstacleBefore,
  type PhaseBefore,
  phasesBefore,
  rampShares,
} from './experiment-draft.ts';
import type { PlanInput } from './plan-fields.ts';
import styles from './save-card.module.css';

type Props = {
  draft: DraftForm;
  edit: (changes: Partial<DraftForm>) => void;
  slot: Slot | null;
  input: PlanInput;
  problem: string | undefined;
};

const texts: Record<PhaseBefore, { label: string; help: string }> = {
  shadow: {
    label: 'Shadow',
    help: 'The new model is called beside the champion; its answers are compared and never shown.',
  },
  canary: {
    label: 'Canary',
    help: `Its share grows from ${rampShares.map(weightPercent).join(' to ')}, and falls to 0 by itself when errors or slow calls rise.`,
  },
  interleave: {
    label: 'Interleaving',
    help: 'Both rankings in one list: a preference is seen with far fewer users than a test needs.',
  },
};

/** What comes before the test: each is a phase of its own, which hands over to the next. */
export function PhasesBefore({ draft, edit, slot, input, problem }: Props) {
  const variants = chosenVariants(draft, slot, input.challengers);
  const toggle = (phase: PhaseBefore, on: boolean) =>
    edit({ before: phasesBefore.filter((each) => (each === phase ? on : draft.before.includes(each))) });
  return (
    <fieldset className={styles.group}>
      <legend>Before the A/B test</legend>
      {phasesBefore.map((phase) => {
        const obstacle = slot ? obstacleBefore(phase, slot, variants) : 'Choose a slot first.';
        const { label, help } = texts[phase];
        return (
          <Checkbox
            key={phase}
            label={label}
            description={obstacle ?? help}
            disabled={obstacle !== null}
            checked={obstacle === null && draft.before.includes(phase)}
            onChange={(event) => toggle(phase, event.currentTarget.checked)}
          />
        );
      })}
      {draft.before.includes('canary') && (
        <TextInput
          label="A call of the canary is slow from, ms"
          description="Empty: above the 95 % quantile of the champion’s calls. The slot must have seen 1 000 of them."
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          inputMode="decimal"
          value={draft.slowMs}
          error={problem}
          onChange={(event) => edit({ slowMs: event.currentTarget.value })}
        />
      )}
      {draft.before.length > 0 && (
        <Checkbox
          label="Go on by itself"
          description="A phase that passes starts the next one; otherwise a person does."
          checked={draft.automatic}
          onChange={(event) => edit({ automatic: event.currentTarget.checked })}
        />
      )}
      {problem && !draft.before.includes('canary') && <p className={styles.problem}>{problem}</p>}
    </fieldset>
  );
}
