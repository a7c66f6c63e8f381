import type { BanditSettings, CanarySettings, PhaseSettings, Plan, ShadowSettings } from '../db/schema-types.ts';
import { AssayError } from '../http/errors.ts';
import type { SlotRow } from '../slots/slot-store.ts';
import type { UsedMetric } from './check-metrics.ts';

export interface SettingsContext {
  slot: Pick<SlotRow, 'key' | 'output'>;
  metrics: UsedMetric[];
  /** Declared segment attributes. */
  segments: string[];
  plan: Plan;
  /** How many variants the phase has. */
  variants: number;
  /** Path of the phase in the request. */
  where: string;
}

/** A bandit whose rewards come later than this part of its plan learns too little to be one. */
const LONGEST_WINDOW = 1 / 4;

/** What a mode's settings ask of slot, metrics and segments; what a schema can say is said in the contract. */
export function checkSettings({ shadow, canary, bandit, interleave }: PhaseSettings, context: SettingsContext): void {
  if (shadow) checkShadow(shadow, context);
  if (canary) checkCanary(canary, context);
  if (bandit) checkBandit(bandit, context);
  if (interleave) checkInterleave(context);
}

function checkInterleave({ slot, metrics, where }: SettingsContext): void {
  if (slot.output !== 'ranking') {
    throw refuse(
      `${where}.mode: interleaving mixes rankings, but slot "${slot.key}" has output "${slot.output}". ` +
        'Use ab, or make a slot with output "ranking".',
    );
  }
  const primary = metrics.filter((each) => each.role === 'primary');
  const creditable = ({ kind, startSeconds, outcome }: UsedMetric) =>
    (kind === 'proportion' || kind === 'mean') && startSeconds === 0 && !outcome.startsWith('assay.');
  if (primary.some(creditable)) return;
  throw refuse(
    `metrics: ${where} credits outcomes to the items shown, for which none of the primary metrics ` +
      `(${primary.map((each) => `"${each.key}"`).join(', ')}) can be used: add a proportion or mean of an outcome on items, such as a click.`,
  );
}

function checkShadow({ label, gate, referenceShare }: ShadowSettings, context: SettingsContext): void {
  const path = `${context.where}.shadow`;
  if (label !== null) {
    const metric = used(label, `${path}.label`, context);
    if (!metric.independentOfAnswer) {
      throw refuse(
        `${path}.label: metric "${label}" may depend on the answer that was shown, which was the champion's: the candidate ` +
          'cannot be judged by it. Name a metric declared "independentOfAnswer", such as the true label, or compare in an ab phase.',
      );
    }
  }
  if (gate.lossIncrease !== null && label === null) {
    throw refuse(`${path}.gate.lossIncrease: loss is computed on labels: name their metric in "label".`);
  }
  if (referenceShare === 0 && (gate.errorRateIncrease !== null || gate.latencyRatio !== null)) {
    throw refuse(
      `${path}.gate: errorRateIncrease and latencyRatio compare with the champion's second call: give referenceShare above 0, or set both to null.`,
    );
  }
}

function checkCanary({ steps, guardrails }: CanarySettings, context: SettingsContext): void {
  const path = `${context.where}.canary`;
  const shrinks = steps.findIndex(({ share }, i) => i > 0 && share <= (steps[i - 1]?.share ?? 0));
  if (shrinks > 0) {
    throw refuse(
      `${path}.steps.${shrinks}.share: ${steps[shrinks]?.share} is not above ${steps[shrinks - 1]?.share} of the step before; shares must grow.`,
    );
  }
  for (const [i, guardrail] of guardrails.entries()) {
    if (guardrail.kind !== 'metric') continue;
    const where = `${path}.guardrails.${i}.metric`;
    const metric = used(guardrail.metric, where, context);
    if (!isAdditive(metric)) {
      throw refuse(
        `${where}: "${metric.key}" is ${metric.capQuantile === null ? `a ${metric.kind}` : 'capped at a quantile of all units'}; ` +
          'a guardrail is watched at every moment, for which a proportion, mean or ratio is needed.',
      );
    }
  }
}

function checkBandit(bandit: BanditSettings, context: SettingsContext): void {
  const path = `${context.where}.bandit`;
  const reward = used(bandit.reward, `${path}.reward`, context);
  if ((reward.kind !== 'proportion' && reward.kind !== 'mean') || reward.capQuantile !== null) {
    throw refuse(
      `${path}.reward: "${reward.key}" is ${reward.capQuantile === null ? `a ${reward.kind}` : 'capped at a quantile of all units'}; a reward is a proportion or a mean.`,
    );
  }
  // An outcome that names no decision is credited to the unit's last one, which returning visitors have just had.
  if (reward.startSeconds > 0) {
    throw refuse(
      `${path}.reward: "${reward.key}" is retention, which is known too late; reward by an earlier outcome.`,
    );
  }
  if (bandit.posterior === 'beta_bernoulli' && reward.kind !== 'proportion') {
    throw refuse(`${path}.posterior: beta_bernoulli is for proportions; "${reward.key}" is a mean: use normal.`);
  }
  if (bandit.floor > 1 / context.variants) {
    throw refuse(
      `${path}.floor: ${bandit.floor} for each of ${context.variants} variants is more than 1; at most ${1 / context.variants}.`,
    );
  }
  if (bandit.context !== null && !context.segments.includes(bandit.context)) {
    throw refuse(
      `${path}.context: "${bandit.context}" is not among the segments: declare it there, so that it is recorded.`,
    );
  }
  refuseLateRewards(reward, path, context);
}

/**
 * Until the first windows have closed nothing is known, and the weights stay equal. The regret of that time is that of an
 * equal split, so its part of the duration is the least part of an A/B test's regret that the bandit pays as well.
 */
function refuseLateRewards(reward: UsedMetric, path: string, { plan, variants }: SettingsContext): void {
  const { durationSeconds } = plan;
  if (durationSeconds === null || reward.windowSeconds <= LONGEST_WINDOW * durationSeconds) return;
  const lateness = plan.latenessSeconds ?? Math.min(86_400, reward.windowSeconds);
  const blind = Math.min(1, (reward.windowSeconds + lateness) / durationSeconds);
  throw refuse(
    `${path}.reward: the window of "${reward.key}" is ${reward.windowSeconds} s, above a quarter of the ${durationSeconds} s planned. ` +
      `No reward is known for the first ${percent(blind)} of the phase (window and lateness allowance), in which all ${variants} variants are chosen alike: ` +
      `the extra regret over immediate rewards is at least ${percent(blind)} of that of a plain A/B test. ` +
      'Plan longer, reward by an earlier outcome, or use ab.',
  );
}

/** Its sums over units suffice, at any moment. */
function isAdditive({ kind, capQuantile }: UsedMetric): boolean {
  return capQuantile === null && (kind === 'proportion' || kind === 'mean' || kind === 'ratio');
}

function used(key: string, where: string, { metrics }: SettingsContext): UsedMetric {
  const found = metrics.find((each) => each.key === key);
  if (found) return found;
  throw refuse(
    `${where}: "${key}" is not among the experiment's metrics: name it there too, as secondary for instance.`,
  );
}

const percent = (share: number) => `${Math.round(share * 100)} %`;

function refuse(message: string): AssayError {
  return new AssayError('invalid_request', message);
}
