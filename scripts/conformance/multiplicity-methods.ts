import {
  adjustP,
  dunnettCriticalValue,
  eBenjaminiHochberg,
  falseCoverage,
  P_ADJUST_METHODS,
  preferentialBonferroni,
} from '../../stats/index.ts';
import { type Answer, type CaseInput, type Method, number, numbers } from './case-input.ts';

export const multiplicityMethods: Record<string, Method> = {
  p_adjust: adjustments,
  p_adjust_with_missing: adjustments,
  preferential_bonferroni: (input) => {
    const treatments = number(input, 'treatments');
    const others = number(input, 'metrics') - 1;
    const family = { primaryShare: number(input, 'gamma'), treatments, others };
    const { primary, other, total } = preferentialBonferroni(number(input, 'alpha'), family);
    return { alpha_primary: primary, alpha_other: other, sum_over_family: total };
  },
  weighted_bonferroni: (input) => {
    const levels = preferentialBonferroni(number(input, 'alpha'), {
      primaryShare: number(input, 'primary_share'),
      treatments: number(input, 'treatments'),
      primary: number(input, 'primary'),
      others: number(input, 'secondary'),
    });
    return { alpha_primary: levels.primary, alpha_secondary: levels.other };
  },
  fcr_level: (input) => {
    const { selected, alpha } = falseCoverage(numbers(input, 'p'), number(input, 'q'));
    return { rejected: selected.length, ci_alpha_for_selected: alpha };
  },
  e_bh: (input) => {
    const rejected = eBenjaminiHochberg(numbers(input, 'e'), number(input, 'q'));
    return { rejected_indices_zero_based: rejected, k_star: rejected.length };
  },
  dunnett_critical_value: (input) => {
    const rho = number(input, 'correlation');
    // arms of equal size have the correlation n / (n + control)
    const treatmentUnits = new Array<number>(number(input, 'comparisons')).fill(rho);
    const design = { controlUnits: 1 - rho, treatmentUnits, degreesOfFreedom: number(input, 'df') };
    const { critical, bonferroni } = dunnettCriticalValue(design, number(input, 'alpha'));
    return { critical, bonferroni_critical: bonferroni };
  },
};

const REJECTED = ['bonferroni', 'holm', 'hochberg', 'hommel', 'BH', 'BY'] as const;

function adjustments(input: CaseInput): Answer {
  const p = input.p as (number | null)[];
  const adjusted = Object.fromEntries(P_ADJUST_METHODS.map((method) => [method, adjustP(p, method)]));
  const rejected = REJECTED.map((method) => [
    method,
    adjustP(p, method).map((value) => value !== null && value <= 0.05),
  ]);
  return { ...adjusted, 'reject_at_0.05': Object.fromEntries(rejected) };
}
