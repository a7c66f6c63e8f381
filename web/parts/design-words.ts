import type { Experiment } from '../../server/contract/catalog.ts';
import type { MetricInput } from '../../server/contract/metric-contract.ts';
import type { Phase } from '../../server/contract/phase-contract.ts';
import { count, duration, percentOf, weightPercent } from '../format.ts';
import { marginText } from '../metric-numbers.ts';
import { phasePlan } from './phase-words.ts';

type Plan = Phase['plan'];
type MetricKind = MetricInput['kind'];

/** When conclusions are drawn: "5 looks, O’Brien–Fleming", "always valid, tuned to an effect of 2 %", "one look". */
export function designText({ design, looks, minimumEffect }: Plan): string {
  if (design === 'fixed') return 'one look';
  if (design === 'group_sequential') return `${looks ?? 'several'} looks, O’Brien–Fleming`;
  return minimumEffect === null ? 'always valid' : `always valid, tuned to an effect of ${percentOf(minimumEffect)}`;
}

/** When the last planned look comes. */
export function lastLookText({ units, durationSeconds, design }: Plan, assignment: Phase['assignment']): string {
  if (assignment === 'external') return 'when it is concluded';
  const ends = [
    units === null ? null : `${count(units)} mature units`,
    durationSeconds === null ? null : `${duration(durationSeconds)} after the start`,
  ].filter((part) => part !== null);
  return ends.join(' or ') || (design === 'always_valid' ? 'none: looks go on as units come' : 'none declared');
}

/** "own outcomes of the 14 days before, score, age": what is taken out of the variance. */
export function covariatesText(covariates: Plan['covariates']): string {
  if (covariates === null) return 'none';
  const days = covariates.days === 0 ? [] : [`the metric’s own outcomes of the ${covariates.days} days before`];
  return [...days, ...covariates.attributes].join(', ') || 'none';
}

/** "Left for good (guardrail, may be worse by less than 5 %)". Without a kind, an absolute margin is in the metric’s unit. */
export function metricText(
  { name, role, margin }: Pick<Experiment['metrics'][number], 'name' | 'role' | 'margin'>,
  kind?: MetricKind,
): string {
  if (margin === null) return `${name} (${role})`;
  const inUnit = kind === undefined && 'absolute' in margin ? ' in its own unit' : '';
  return `${name} (${role}, may be worse by less than ${marginText(kind ?? 'mean', margin)}${inUnit})`;
}

/** Facts of a plan, in the order in which they decide. */
export function planFacts(phase: Phase, metrics: Experiment['metrics']): [string, string][] {
  const { mode, split, plan, assignment } = phase;
  if (mode !== 'ab') return modeFacts(phase);
  const primary = metrics.filter(({ role }) => role === 'primary').length * (split.length - 1);
  const facts: [string, string | null][] = [
    ['Split', split.map(({ variant, weight }) => `${variant} ${weightPercent(weight)}`).join(', ')],
    ['Looks', designText(plan)],
    [plan.design === 'group_sequential' ? 'Last planned look' : 'Final look', lastLookText(plan, assignment)],
    ['Confidence level', weightPercent(plan.level)],
    ['Smallest effect of interest', plan.minimumEffect === null ? null : percentOf(plan.minimumEffect)],
    [
      'Primary comparisons',
      primary < 2 ? null : `${primary}, corrected by ${plan.correction === 'dunnett' ? 'Dunnett' : 'Holm'}`,
    ],
    ['Adjusted for', plan.covariates === null ? null : covariatesText(plan.covariates)],
    ['Randomised together', plan.cluster === null ? null : `units of one “${plan.cluster}”`],
    ['Late outcomes wait for', plan.latenessSeconds === null ? null : duration(plan.latenessSeconds)],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}

/** Shadow and canary phases end at their gate, the others at the end of a plan too. */
function modeFacts(phase: Phase): [string, string][] {
  const { mode, plan, assignment } = phase;
  const ends = mode === 'bandit' || mode === 'interleave';
  return [
    ['Phase', phasePlan(phase)],
    ...(ends ? [['End of the plan', lastLookText(plan, assignment)] as [string, string]] : []),
    ['Confidence level', weightPercent(plan.level)],
    ...(plan.latenessSeconds === null
      ? []
      : [['Late outcomes wait for', duration(plan.latenessSeconds)] as [string, string]]),
  ];
}
