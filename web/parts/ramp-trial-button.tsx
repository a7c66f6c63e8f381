import { Button } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import type { Experiment } from '../../server/contract/catalog.ts';
import type { Phase } from '../../server/contract/phase-contract.ts';

const RampTrialDialog = lazy(() => import('../modes/ramp-trial-dialog.tsx'));

type Props = { experiment: Experiment; phase: Phase; label: string };

/** Opens the form in which a ramp is checked before it is saved, or replayed on one that has run. */
export function RampTrialButton({ experiment, phase, label }: Props) {
  const [asked, ask] = useState(false);
  const [opened, open] = useState(false);
  return (
    <>
      <Button
        variant="default"
        size="xs"
        onClick={() => {
          ask(true);
          open(true);
        }}
      >
        {label}
      </Button>
      {asked && (
        <Suspense fallback={null}>
          <RampTrialDialog experiment={experiment} phase={phase} opened={opened} onClose={() => open(false)} />
        </Suspense>
      )}
    </>
  );
}
