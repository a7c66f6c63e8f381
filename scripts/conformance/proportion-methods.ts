import {
  agrestiCaffoInterval,
  clopperPearsonInterval,
  fisherExactTest,
  katzLift,
  meeDifference,
  newcombeInterval,
  type Proportion,
  type ProportionTest,
  pooledZTest,
  proportionDifference,
  unconditionalExactTest,
  waldDifference,
  wilsonInterval,
} from '../../stats/index.ts';
import { type Answer, type CaseInput, level, type Method, number, pair } from './case-input.ts';

export const proportionMethods: Record<string, Method> = {
  two_proportion: twoProportion,
  two_proportion_unconditional_exact: (input) => {
    const { a, b } = tableOf(input);
    const boschloo = unconditionalExactTest(a, b, 'fisher');
    const barnard = unconditionalExactTest(a, b, 'score');
    return {
      boschloo_p_two_sided: boschloo.status === 'ok' ? boschloo.p : null,
      barnard_pooled_p_two_sided: barnard.status === 'ok' ? barnard.p : null,
    };
  },
};

function tableOf(input: CaseInput): { a: Proportion; b: Proportion } {
  return {
    a: { x: number(input, 'xa'), n: number(input, 'na') },
    b: { x: number(input, 'xb'), n: number(input, 'nb') },
  };
}

function twoProportion(input: CaseInput): Answer {
  const { a, b } = tableOf(input);
  const options = level(input);
  const score = proportionDifference(a, b, options);
  const mee = meeDifference(a, b, options);
  const newcombe = newcombeInterval(a, b, options);
  const agrestiCaffo = agrestiCaffoInterval(a, b, options);
  return {
    diff: 'estimate' in score ? score.estimate : null,
    rate_a: a.n === 0 ? null : a.x / a.n,
    rate_b: b.n === 0 ? null : b.x / b.n,
    ...otherTests(a, b, options),
    miettinen_nurminen_ci: 'interval' in score ? pair(score.interval) : null,
    mee_ci: 'interval' in mee ? pair(mee.interval) : null,
    newcombe_ci: 'lower' in newcombe ? pair(newcombe) : null,
    agresti_caffo_ci: 'lower' in agrestiCaffo ? pair(agrestiCaffo) : null,
    wilson_a: pair(wilsonInterval(a, options)),
    wilson_b: pair(wilsonInterval(b, options)),
    clopper_pearson_a: pair(clopperPearsonInterval(a, options)),
    clopper_pearson_b: pair(clopperPearsonInterval(b, options)),
  };
}

function otherTests(a: Proportion, b: Proportion, options: { level?: number }): Answer {
  const wald = waldDifference(a, b, options);
  const pooled = pooledZTest(a, b);
  const katz = katzLift(a, b, options);
  const fisher = fisherExactTest(a, b);
  return {
    wald_unpooled: wald.status === 'ok' ? { ...zFields(wald), ci: pair(wald.interval) } : null,
    pooled_z: pooled.status === 'ok' ? { ...zFields(pooled), chi2: pooled.chiSquare } : null,
    risk_ratio_katz_log:
      katz.status === 'ok' ? { ratio: katz.ratio, lift: katz.lift, ci_lift: pair(katz.interval) } : null,
    fisher_exact:
      fisher.status === 'ok' ? { p_two_sided: fisher.p, p_greater: fisher.pGreater, p_less: fisher.pLess } : null,
  };
}

function zFields(test: Omit<ProportionTest, 'interval' | 'level'>): Answer {
  return {
    se: test.standardError,
    z: test.z,
    p_two_sided: test.p,
    log10_p_two_sided: test.log10P,
    p_greater: test.pGreater,
    p_less: test.pLess,
  };
}
