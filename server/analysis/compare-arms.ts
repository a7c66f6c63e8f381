import type { Comparison } from '../contract/report-contract.ts';
import { cappedShares } from './compare/capped-shares.ts';
import type { Answer, AtLevel, Compared, CompareInput, Found } from './compare/compare-input.ts';
import { compareMeans } from './compare/compare-means.ts';
import { compareRates, hasFewEvents } from './compare/compare-rates.ts';
import { compareRatios } from './compare/compare-ratios.ts';
import { compareUnitEffects } from './compare/compare-unit-effects.ts';
import { otherLines } from './compare/other-lines.ts';
import { skewnessWarning } from './compare/skewness-warning.ts';
import { clusterOf, needsUnitJob } from './unit-job/needs-unit-job.ts';

/** A level for what does not depend on it, where nothing may be concluded. */
const ANY_LEVEL = 0.95;

/** A comparison that says nothing yet. */
export const EMPTY_COMPARISON: Omit<Comparison, 'variant' | 'control' | 'status'> = {
  missing: null,
  lookAt: null,
  look: null,
  difference: null,
  relative: null,
  pValue: null,
  log10P: null,
  adjustedPValue: null,
  significant: null,
  simultaneous: null,
  components: [],
  adjustment: null,
  capped: null,
  margin: null,
  bayes: null,
  others: [],
  warnings: [],
};

/**
 * A challenger against the control, over mature units only. The comparison carries no p-value: whether there is one is
 * up to the look, which takes it from `tested`. At the level null, or one that rounds to 1, no value is excluded.
 */
export function compareArms(input: CompareInput): Compared {
  const concludes = input.level !== null && input.level < 1;
  const result = answer({ ...input, level: concludes ? (input.level ?? ANY_LEVEL) : ANY_LEVEL });
  const base = { ...EMPTY_COMPARISON, variant: input.arm.variant, control: input.control.variant };
  if ('missing' in result) {
    return {
      comparison: { ...base, status: 'insufficient', missing: result.missing },
      tested: { pValue: null, log10P: null, z: null },
      pair: null,
      counts: null,
    };
  }
  const { parts, ...rest } = result;
  const fixed = fixedCapsOf(input);
  const warnings = [...(parts.warnings ?? []), ...(fixed?.warnings ?? []), ...skewnessOf(input)];
  const capped = fixed?.capped ?? parts.capped ?? null;
  const others = otherLines(input, parts.others ?? []);
  const comparison = { ...base, ...parts, others, capped, warnings, status: 'live' as const };
  return { ...rest, comparison: concludes ? comparison : withoutConclusion(comparison) };
}

function answer(input: AtLevel): Answer {
  const { metric, control, arm, phase } = input;
  if (!control.mature || !arm.mature) {
    const empty = [control, arm].filter((each) => !each.mature).map((each) => `"${each.variant}"`);
    return { missing: `No unit of ${empty.join(' and ')} has completed its window yet.` };
  }
  const rare = isRareRate(input);
  if (needsUnitJob(metric, phase) && !rare) return compareUnitEffects(input);
  if (metric.kind === 'proportion') {
    const found = compareRates(input, control.mature, arm.mature);
    return rare && needsUnitJob(metric, phase) && 'parts' in found ? withWarning(found, UNADJUSTED) : found;
  }
  return metric.kind === 'ratio' ? compareRatios(input) : compareMeans(input, control.mature, arm.mature);
}

const UNADJUSTED = 'Not adjusted for covariates: with so few events only the exact test holds.';

/** Few events have an exact answer, which adjusting for covariates has not; of units randomised together none is exact. */
function isRareRate({ metric, control, arm, phase, band }: AtLevel): boolean {
  if (metric.kind !== 'proportion' || clusterOf(phase) !== null || !control.mature || !arm.mature) return false;
  return band !== undefined || hasFewEvents(control.mature, arm.mature);
}

function withWarning(found: Found, warning: string): Found {
  return { ...found, parts: { ...found.parts, warnings: [...(found.parts.warnings ?? []), warning] } };
}

/** Units beyond the fixed limits of a mean, whatever made its test. Those beyond a quantile are the job's to count. */
function fixedCapsOf({ metric, control, arm }: CompareInput): ReturnType<typeof cappedShares> | null {
  const { kind, lower, upper } = metric;
  const limits = { lower: Number.isFinite(lower) ? lower : null, upper: Number.isFinite(upper) ? upper : null };
  if (kind !== 'mean' || (limits.lower ?? limits.upper) === null || !control.mature || !arm.mature) return null;
  return cappedShares(limits, { variant: control.variant, ...control.mature }, { variant: arm.variant, ...arm.mature });
}

/** Whatever made the test of a mean, capped ones excepted: its units' values must not be too skewed for it. */
function skewnessOf({ metric, control, arm }: CompareInput): string[] {
  if (metric.kind !== 'mean' || metric.capQuantile !== null || !control.mature || !arm.mature) return [];
  const warning = skewnessWarning(control.mature, arm.mature);
  return warning ? [warning] : [];
}

/** Estimates stay; every value is still possible, and nothing is shown against a margin. */
function withoutConclusion(comparison: Comparison): Comparison {
  const { difference, relative, components, margin } = comparison;
  const no = (shown: boolean | null) => (shown === null ? null : false);
  return {
    ...comparison,
    difference: difference && { ...difference, interval: null },
    relative: relative && { ...relative, set: { shape: 'unbounded' } },
    components: components.map((each) => ({ ...each, interval: null })),
    others: [],
    margin: margin && {
      ...margin,
      limit: null,
      nonInferior: no(margin.nonInferior),
      equivalent: no(margin.equivalent),
    },
  };
}
