import { count, percent } from '../../analysis/phrases.ts';
import type { CanaryPlan } from '../../contract/canary-plan-contract.ts';
import type { CanaryGuardrail, CanarySettings } from '../../db/schema-types.ts';
import { AssayError } from '../../http/errors.ts';
import { neededRequests } from './needed-requests.ts';

/** What is known of the slot before the ramp; null: not known. */
export interface SlotTraffic {
  requestsPerSecond: number | null;
  /** Of the champion's calls, 0-1. */
  errorRate: number | null;
}

/** Fewer calls, or fewer errors among them, say nothing of a rate. */
export function knownRate(errors: number, calls: number): number | null {
  return calls >= 1_000 && errors >= 10 ? errors / calls : null;
}

/** Samples that each step needs, and how long it takes at current traffic. */
export function planCanary(settings: CanarySettings, traffic: SlotTraffic): CanaryPlan {
  const steps = settings.steps.map(({ share, minimumRequests, minimumSeconds }, k) => {
    const perSecond = traffic.requestsPerSecond === null ? null : traffic.requestsPerSecond * share;
    return {
      step: k + 1,
      share,
      minimumRequests,
      seconds: perSecond === null ? null : Math.max(minimumSeconds, minimumRequests / perSecond),
      guardrails: settings.guardrails.map((guardrail, place) => {
        const rate = baselineOf(guardrail, traffic);
        const needed = (aim: 'pass' | 'detect') =>
          rate === null ? null : neededRequests(settings, place, k + 1, rate, aim);
        const { kind, mustPass } = guardrail;
        const base = { guardrail: place, kind, mustPass, baselineRate: rate };
        return { ...base, neededForPass: needed('pass'), neededForHarm: needed('detect') };
      }),
    };
  });
  const seconds = steps.reduce<number | null>(
    (sum, each) => (sum === null || each.seconds === null ? null : sum + each.seconds),
    0,
  );
  const problems = shortSteps(steps);
  return { sentence: sentenceOf(seconds, problems, traffic), problems, ...traffic, seconds, steps };
}

/** Slow calls above a quantile are as frequent as it says; above a time that was given nobody knows, nor of a metric. */
function baselineOf(guardrail: CanaryGuardrail, { errorRate }: SlotTraffic): number | null {
  if (guardrail.kind === 'metric') return null;
  if (guardrail.kind === 'errors') return errorRate;
  return guardrail.thresholdMs === null ? 1 - guardrail.quantile : null;
}

/** A minimum with which a harmless candidate cannot pass is no minimum for "must pass". */
function shortSteps(steps: CanaryPlan['steps']): string[] {
  return steps.flatMap(({ step, minimumRequests, guardrails }) =>
    guardrails
      .filter(({ mustPass, kind, baselineRate }) => mustPass && kind !== 'metric' && baselineRate !== null)
      .filter(({ neededForPass }) => neededForPass === null || neededForPass > minimumRequests)
      .map(({ guardrail, kind, baselineRate, neededForPass }) => {
        const needed = neededForPass === null ? 'more than a thousand million' : `about ${count(neededForPass)}`;
        return (
          `steps.${step - 1}.minimumRequests: ${count(minimumRequests)} requests of the candidate are too few for guardrail ${guardrail} (${kind}) to pass at a rate of ` +
          `${percent(baselineRate ?? 0)}; an identical candidate needs ${needed} in step ${step}. Raise the minimum, or set "mustPass": false: then the step advances on no failure.`
        );
      }),
  );
}

function sentenceOf(seconds: number | null, problems: string[], { requestsPerSecond }: SlotTraffic): string {
  const time =
    seconds === null || requestsPerSecond === null
      ? 'No traffic of this slot is known yet, so its duration cannot be told'
      : `At ${Number(requestsPerSecond.toPrecision(2))} requests a second the ramp takes about ${timePhrase(seconds)}`;
  return problems.length === 0
    ? `${time}.`
    : `${time}; ${problems.length === 1 ? 'one minimum is' : `${problems.length} minima are`} too small for a guardrail that must pass.`;
}

function timePhrase(seconds: number): string {
  if (seconds < 5_400) return `${Math.max(1, Math.round(seconds / 60))} min`;
  return seconds < 172_800 ? `${(seconds / 3_600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} days`;
}

/** Refuses a plan with steps too short for what must pass. Only what is known of the slot is held against it. */
export function refuseShortSteps(settings: CanarySettings, traffic: SlotTraffic, where: string): void {
  const [problem] = planCanary(settings, traffic).problems;
  if (problem) throw new AssayError('invalid_request', `${where}.${problem}`);
}
