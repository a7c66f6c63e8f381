import type { Phase, PhaseInput } from '../../server/contract/phase-contract.ts';
import { percentOf, weightPercent } from '../format.ts';
import { covariatesText, designText, lastLookText } from '../parts/design-words.ts';

type Change = { name: string; before: string; after: string };

/** What saving changes, in words, old beside new. */
export function planChanges(phase: Phase, wanted: PhaseInput): Change[] {
  const after = { ...phase.plan, ...(wanted.plan as Partial<Phase['plan']>) };
  const say = (name: string, words: (plan: Phase['plan']) => string): Change => ({
    name,
    before: words(phase.plan),
    after: words(after),
  });
  const splitText = (split: { variant: string; weight: number }[]) =>
    split.map(({ variant, weight }) => `${variant} ${weightPercent(weight)}`).join(', ');
  return [
    say('Final look', (plan) => lastLookText(plan, phase.assignment)),
    say('Looks', designText),
    say('Smallest effect of interest', ({ minimumEffect }) =>
      minimumEffect === null ? 'none' : percentOf(minimumEffect),
    ),
    say('Confidence level', ({ level }) => weightPercent(level)),
    say('Adjusted for', ({ covariates }) => covariatesText(covariates)),
    { name: 'Split', before: splitText(phase.split), after: splitText(wanted.split ?? []) },
  ];
}
