import { sampleRatioExact, sampleRatioSequential, sampleRatioTest } from '../../stats/index.ts';
import { type Answer, type CaseInput, lists, type Method, number, numbers } from './case-input.ts';

export const sampleRatioMethods: Record<string, Method> = {
  srm_chi_square: chiSquare,
  srm_zero_weight: chiSquare,
  srm_sequential: (input) => {
    const looks = sampleRatioSequential(lists(input, 'cumulative_counts'), numbers(input, 'weights'), {
      concentration: number(input, 'dirichlet_concentration'),
    });
    return {
      log_bayes_factor: looks.map((look) => look.logBayesFactor),
      p_running_min: looks.map((look) => look.p),
      log10_p_last: looks.at(-1)?.log10P ?? null,
    };
  },
};

function chiSquare(input: CaseInput): Answer {
  const observed = numbers(input, 'observed');
  const weights = numbers(input, 'weights');
  const test = sampleRatioTest(observed, weights);
  const exact = sampleRatioExact(observed, weights);
  const exactP = exact.status === 'ok' ? exact.p : undefined;
  const ok = test.status === 'ok';
  return {
    chi2: ok ? test.chiSquare : null,
    df: ok ? test.degreesOfFreedom : null,
    p: ok ? test.p : null,
    log10_p: ok ? test.log10P : null,
    g_statistic: ok ? test.gStatistic : null,
    p_g: ok ? test.pG : null,
    p_exact_multinomial: exactP,
    p_exact_binomial_two_sided: exact.status === 'ok' && exact.method === 'exact binomial' ? exact.p : undefined,
  };
}
