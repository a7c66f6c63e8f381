import { brunnerMunzel, kolmogorovSmirnov, mannWhitney } from '../../stats/index.ts';
import { type Answer, type CaseInput, level, type Method, numbers, pair } from './case-input.ts';

export const rankMethods: Record<string, Method> = {
  mann_whitney: mannWhitneyFields,
  brunner_munzel: (input) => {
    const test = brunnerMunzel(numbers(input, 'a'), numbers(input, 'b'));
    const ok = test.status === 'ok' ? test : null;
    return {
      p_superiority: test.status === 'insufficient' ? null : test.superiority,
      statistic: ok ? ok.statistic : null,
      df: ok ? ok.degreesOfFreedom : null,
      p_two_sided: ok ? ok.p : null,
    };
  },
  kolmogorov_smirnov: (input) => {
    const test = kolmogorovSmirnov(numbers(input, 'a'), numbers(input, 'b'));
    if (test.status !== 'ok') return { D: null, p_exact: null, p_asymptotic: null };
    // R ends the series of its limit distribution at 1e-6, so that its value has four digits below lambda = 1
    return { D: test.distance, p_exact: test.exactP };
  },
};

function mannWhitneyFields(input: CaseInput): Answer {
  const test = mannWhitney(numbers(input, 'control'), numbers(input, 'experiment'), level(input));
  const undefinedP = { z: null, p_asymptotic: null, p_asymptotic_continuity: null };
  if (test.status === 'insufficient') return { ...undefinedP, auc: null, cliffs_delta: null, hodges_lehmann: null };
  const counts = { U_b: test.u, auc: test.superiority, cliffs_delta: test.cliffsDelta, mu: test.mean };
  if (test.status === 'no_variance') return { ...undefinedP, ...counts, hodges_lehmann: test.shift };
  const exactP = test.exact?.p;
  return {
    ...counts,
    sigma_tie_corrected: test.standardDeviation,
    z: test.z,
    p_asymptotic: test.normal.p,
    p_asymptotic_continuity: test.corrected.p,
    p_exact: exactP,
    p_exact_conditional: exactP,
    hodges_lehmann: test.shift,
    ci_shift_exact: test.interval ? pair(test.interval) : undefined,
  };
}
