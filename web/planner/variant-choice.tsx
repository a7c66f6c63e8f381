import { Button, Checkbox } from '@mantine/core';
import type { Slot } from '../../server/contract/catalog.ts';
import { plain, THIN } from '../format.ts';
import { chosenVariants, type DraftForm, othersOf } from './experiment-draft.ts';
import type { PlanInput } from './plan-fields.ts';
import styles from './save-card.module.css';

type Props = {
  draft: DraftForm;
  edit: (changes: Partial<DraftForm>) => void;
  slot: Slot | null;
  input: PlanInput;
  change: (changes: Record<string, string>) => void;
  problem: string | undefined;
};

/** Which variants are tried; their number is part of the plan, which follows. */
export function VariantChoice({ draft, edit, slot, input, change, problem }: Props) {
  const chosen = chosenVariants(draft, slot, input.challengers);
  const others = othersOf(slot);
  const toggle = (variant: string, on: boolean) => {
    const next = others.filter((each) => (each === variant ? on : chosen.includes(each)));
    edit({ variants: next });
    if (next.length > 0) change({ challengers: String(next.length) });
  };
  const share = (part: number) => `${plain(part * 100, 1).replace(/\.0$/, '')}${THIN}%`;
  return (
    <fieldset className={styles.group}>
      <legend>Variants</legend>
      {!slot && <p className="muted small">Choose a slot first: it has the variants.</p>}
      {slot && (
        <p className="small">
          Beside <strong>{slot.champion}</strong>, the control, which gets {share(input.controlShare)} of the units:
        </p>
      )}
      {others.map((variant) => (
        <Checkbox
          key={variant}
          checked={chosen.includes(variant)}
          aria-invalid={problem ? true : undefined}
          label={chosen.includes(variant) ? `${variant}: ${share((1 - input.controlShare) / chosen.length)}` : variant}
          onChange={(event) => toggle(variant, event.currentTarget.checked)}
        />
      ))}
      {slot && others.length === 0 && (
        <p className="muted small">
          This slot has no other variant yet: add one with POST /api/slots/{slot.key}/variants.
        </p>
      )}
      {problem && <p className={styles.problem}>{problem}</p>}
      {slot && chosen.length > 0 && chosen.length !== input.challengers && (
        <p className={styles.note}>
          The plan counts {input.challengers} beside the control.
          <Button size="compact-xs" variant="default" onClick={() => change({ challengers: String(chosen.length) })}>
            Plan with {chosen.length}
          </Button>
        </p>
      )}
    </fieldset>
  );
}
