import { candidateShare, GUARDRAIL_RATIOS, type GuardrailSide, normalQuantile } from '../../../stats/index.ts';
import type { CanarySettings } from '../../db/schema-types.ts';
import { alphaOfOne, isRate, largestShareOf, type RateGuardrail } from './guardrail-record.ts';

/** With this probability the sample that is named is enough. */
export const POWER = 0.8;
const MOST_REQUESTS = 1e9;

/** What a sample is asked for: an identical candidate passes, or one worse by twice the margin fails. */
export type Aim = 'pass' | 'detect';

/**
 * Requests of the candidate that a step needs, after those of the steps before it at their minima. Every request counts as
 * another unit; failures that cluster in few units need more. Null: beyond a thousand million.
 */
export function neededRequests(
  settings: CanarySettings,
  place: number,
  step: number,
  rate: number,
  aim: Aim,
): number | null {
  const guardrail = settings.guardrails[place];
  if (!guardrail || !isRate(guardrail) || !(rate > 0)) return null;
  const before = settings.steps.slice(0, step - 1).map((each) => each.minimumRequests);
  const enough = (requests: number) =>
    likelyLogE(settings, guardrail, [...before, requests], rate, aim) >= -Math.log(alphaOfOne(settings));
  if (enough(0)) return 0;
  let high = 64;
  while (!enough(high)) {
    high *= 2;
    if (high > MOST_REQUESTS) return null;
  }
  let low = high / 2;
  while (high - low > Math.max(1, high / 200)) {
    const middle = (low + high) / 2;
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return Math.ceil(high);
}

/**
 * The log e that is reached with probability POWER: of each ratio the quantile of its product over Poisson counts of both
 * bands, by the normal approximation; all products move together, so that their mean has the same quantile.
 */
function likelyLogE(
  settings: CanarySettings,
  guardrail: RateGuardrail,
  requests: number[],
  rate: number,
  aim: Aim,
): number {
  const largest = largestShareOf(settings);
  const side: GuardrailSide = aim === 'pass' ? 'pass' : 'fail';
  const harm = aim === 'pass' ? 1 : 1 + 2 * guardrail.margin;
  const tolerated = aim === 'pass' ? guardrail.margin : guardrail.rollbackMargin;
  const z = normalQuantile(POWER);
  const logs = GUARDRAIL_RATIOS[side].map((ratio) => {
    let [mean, variance] = [0, 0];
    for (const [k, n] of requests.entries()) {
      const share = settings.steps[k]?.share ?? largest;
      const normaliser = Math.log1p(candidateShare(share, largest, tolerated) * (ratio - 1));
      const [ofCandidate, ofControl] = [Math.log(ratio) - normaliser, -normaliser];
      const candidates = n * rate * harm;
      const controls = ((n * (1 - largest)) / share) * rate;
      mean += candidates * ofCandidate + controls * ofControl;
      variance += candidates * ofCandidate ** 2 + controls * ofControl ** 2;
    }
    return mean - z * Math.sqrt(variance);
  });
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, each) => sum + Math.exp(each - most), 0) / logs.length);
}
