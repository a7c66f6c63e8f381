import { NativeSelect } from '@mantine/core';
import type { Report } from '../../server/contract/report-contract.ts';

type Props = { report: Report; promote: string; onPromote: (variant: string) => void };

/** Who answers once the experiment is over. */
export function ConcludeChoice({ report, promote, onPromote }: Props) {
  const challengers = report.variants.filter(({ control }) => !control);
  const champion = report.variants.find(({ control }) => control)?.variant;
  return (
    <>
      {report.phase?.assignment === 'external' && (
        <p>Concluding takes the one final look, at everything that has come.</p>
      )}
      <NativeSelect
        label="Champion from now on"
        value={promote}
        onChange={(event) => onPromote(event.currentTarget.value)}
        data={[
          { value: '', label: `Keep ${champion ?? 'the present champion'}` },
          ...challengers.map(({ variant }) => ({ value: variant, label: `Promote ${variant}` })),
        ]}
      />
    </>
  );
}
