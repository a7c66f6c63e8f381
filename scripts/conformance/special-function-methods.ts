import {
  betaQuantile,
  bivariateNormalCdf,
  chiSquareLogSf,
  chiSquareSf,
  digamma,
  incompleteBeta,
  incompleteGamma,
  logBeta,
  logGamma,
  normalCdf,
  normalLogSf,
  normalQuantile,
  normalSf,
  studentTLogSf,
  studentTQuantile,
  studentTSf,
  studentTTwoSidedP,
} from '../../stats/index.ts';
import { type Method, number } from './case-input.ts';

export const specialFunctionMethods: Record<string, Method> = {
  normal_cdf_sf: (input) => {
    const z = number(input, 'z');
    return { cdf: normalCdf(z), sf: normalSf(z), log_cdf: normalLogSf(-z), log_sf: normalLogSf(z) };
  },
  normal_log_cdf_far_tail: (input) => ({ log_cdf: normalLogSf(-number(input, 'z')) }),
  normal_quantile: (input) => ({ z: normalQuantile(number(input, 'p')) }),
  student_t_sf: (input) => {
    const t = number(input, 't');
    const df = number(input, 'df');
    const log10Sf = studentTLogSf(t, df) / Math.LN10;
    return { sf: studentTSf(t, df), two_sided_p: studentTTwoSidedP(t, df).p, log10_sf: log10Sf };
  },
  student_t_quantile: (input) => ({ t: studentTQuantile(number(input, 'p'), number(input, 'df')) }),
  chi_square_sf: (input) => {
    const x = number(input, 'x');
    const df = number(input, 'df');
    return { sf: chiSquareSf(x, df), log10_sf: chiSquareLogSf(x, df) / Math.LN10 };
  },
  regularized_incomplete_beta: (input) => {
    const { lower, upper } = incompleteBeta(number(input, 'x'), number(input, 'a'), number(input, 'b'));
    return { I: lower, complement: upper };
  },
  beta_quantile: (input) => ({ x: betaQuantile(number(input, 'p'), number(input, 'a'), number(input, 'b')) }),
  regularized_incomplete_gamma: (input) => {
    const { lower, upper } = incompleteGamma(number(input, 'a'), number(input, 'x'));
    return { P: lower, Q: upper };
  },
  bivariate_normal_cdf: (input) => ({
    cdf: bivariateNormalCdf(number(input, 'h'), number(input, 'k'), number(input, 'rho')),
  }),
  log_gamma: (input) => ({ lgamma: logGamma(number(input, 'x')), digamma: digamma(number(input, 'x')) }),
  log_beta: (input) => ({ lbeta: logBeta(number(input, 'a'), number(input, 'b')) }),
};
