import { quantity } from '../../analysis/phrases.ts';
import type { BanditReport } from '../../contract/bandit-contract.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { type AdaptiveEstimates, adaptiveEstimates } from './adaptive-estimates.ts';
import type { BanditResult } from './bandit-result.ts';

type Inference = BanditReport['inference'];

/** The conclusion at the plan's end once there is one; until then what the closed decisions say so far. */
export function inferenceOf(phase: PhaseRow, result: BanditResult | null): Inference {
  const { level } = phase.plan;
  const empty = { decisive: false, level, units: 0, decisions: 0, means: [], differences: [] };
  if (!result) return { ...empty, status: 'waiting', sentence: 'The first estimates are being computed.', at: null };
  const variants = phase.split.map((each) => each.variant);
  const { final, sums } = result;
  const estimates = final?.estimates ?? adaptiveEstimates(sums, variants, level);
  const base = {
    ...empty,
    decisive: final !== null,
    at: final?.at ?? result.closedTo,
    units: final?.units ?? sums.units,
    decisions: final?.decisions ?? sums.decisions,
  };
  if (estimates.status === 'refused') {
    const sentence = `No estimate of the means is given: it needs ${estimates.missing}.`;
    return { ...base, status: 'refused', sentence };
  }
  return {
    ...base,
    status: 'ok',
    sentence: `${sentenceOf(phase, estimates)} ${final ? 'Taken once, at the end of the plan.' : 'So far; not for decisions.'}`,
    means: variants.map((variant, arm) => ({
      variant,
      decisions: sums.arms[arm]?.decisions ?? 0,
      value: estimates.means[arm] ?? null,
    })),
    differences: phase.split
      .map(({ variant, control }, arm) => ({ variant, control, value: estimates.differences[arm] ?? null }))
      .filter(({ control }) => !control)
      .map(({ variant, value }) => ({ variant, value })),
  };
}

function sentenceOf(phase: PhaseRow, { differences }: Extract<AdaptiveEstimates, { status: 'ok' }>): string {
  const champion = phase.split.at(-1)?.variant ?? '';
  const parts = phase.split.slice(0, -1).map(({ variant }, arm) => {
    const found = differences[arm];
    if (!found) return `"${variant}" has no interval yet`;
    const { estimate, interval } = found;
    return `"${variant}" earns ${quantity(estimate)} (${quantity(interval.lower)} to ${quantity(interval.upper)}) more per decision than "${champion}"`;
  });
  return `${parts.join('; ')}.`;
}
