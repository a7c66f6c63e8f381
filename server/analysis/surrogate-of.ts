import { type SurrogateCheck, surrogateCheck } from '../../stats/index.ts';
import type { Surrogate } from '../contract/report-contract.ts';
import type { PastEffect, PastEffects } from './past-effects.ts';
import { oneOf } from './phrases.ts';

/** How well effects on a proxy predicted those on its business metric in the past; null for what is no proxy. */
export function surrogateOf(past: PastEffects, metric: { id: number; proxyForId: number | null }): Surrogate | null {
  const proxy = past.metrics.find((each) => each.id === metric.id);
  const business = past.metrics.find((each) => each.id === metric.proxyForId);
  if (!proxy || !business) return null;
  // Both turned so that up is better: a proxy that falls while the business metric rises may be a good one.
  const sign = proxy.direction === business.direction ? 1 : -1;
  const pairs = pairsOf(past.effects, proxy.id, business.id, sign);
  const check = checked(pairs);
  const base = { business: business.key, businessName: business.name, experiments: pairs.length };
  const names = { proxy: `"${proxy.name}"`, business: `"${business.name}"` };
  if (check.status === 'insufficient') {
    const sentence = `How well effects on ${names.proxy} predict those on ${names.business} is not known: ${check.missing.replace('experiments', 'concluded experiments')} measured both.`;
    return { ...base, status: 'insufficient', sentence, correlation: null, interval: null, signAgreement: null };
  }
  const { correlation, interval, signAgreement: signs } = check;
  return {
    ...base,
    status: 'ok',
    sentence: sentenceOf(check, names),
    correlation,
    interval: { ...interval },
    signAgreement: signs && { share: signs.same / signs.of, interval: { ...signs.interval } },
  };
}

/** The last answers: a check takes up to a tenth of a second, and its input changes when an experiment is concluded. */
const known = new Map<string, ReturnType<typeof surrogateCheck>>();
const MOST_KNOWN = 100;

function checked(pairs: ReturnType<typeof pairsOf>): ReturnType<typeof surrogateCheck> {
  const key = JSON.stringify(pairs);
  const found = known.get(key);
  if (found) return found;
  const check = surrogateCheck(pairs);
  const oldest = known.keys().next().value;
  if (known.size >= MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  known.set(key, check);
  return check;
}

/** Experiments whose last look has both effects and what their errors share. */
function pairsOf(effects: PastEffect[], proxyId: number, businessId: number, sign: 1 | -1) {
  const others = new Map(effects.filter((each) => each.metricId === businessId).map((each) => [each.experiment, each]));
  return effects.flatMap(({ experiment, metricId, estimate, standardError, businessCovariance }) => {
    const other = others.get(experiment);
    if (metricId !== proxyId || businessCovariance === null || !other) return [];
    const most = standardError * other.standardError;
    return [
      {
        proxy: estimate,
        business: sign * other.estimate,
        proxyVariance: standardError ** 2,
        businessVariance: other.standardError ** 2,
        covariance: sign * Math.max(-most, Math.min(most, businessCovariance)),
      },
    ];
  });
}

function sentenceOf(check: SurrogateCheck, names: { proxy: string; business: string }): string {
  const { correlation, interval, experiments, signAgreement: signs, atLimit } = check;
  const many = oneOf(experiments, 'past experiment', 'past experiments');
  const agreed = signs ? ` Both moved the same way, better or worse, in ${signs.same} of ${signs.of}.` : '';
  if (correlation === null) {
    return `${many} do not tell whether effects on ${names.proxy} predict those on ${names.business}: those on one of them may vary no more than their errors explain.${agreed}`;
  }
  const size = `correlation ${atLimit ? `near ${decimal(Math.sign(correlation))}` : decimal(correlation)} (${decimal(interval.lower)} to ${decimal(interval.upper)})`;
  if (interval.lower > 0) {
    return `In ${many} effects on ${names.proxy} predicted those on ${names.business}: ${size}.${agreed}`;
  }
  if (interval.upper < 0) {
    return `In ${many} effects on ${names.proxy} went against those on ${names.business}: ${size}. It is no proxy.${agreed}`;
  }
  return `${many} do not tell whether effects on ${names.proxy} predict those on ${names.business}: ${size}.${agreed}`;
}

function decimal(value: number): string {
  return value.toFixed(2).replace('-', '−');
}
