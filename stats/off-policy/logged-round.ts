import { requireFinite, requireNotEmpty, requireProbability } from '../domain.ts';

/** One logged decision, and what the policy to be judged would have done in its place. */
export interface LoggedRound {
  /** Index of the action that was taken. */
  readonly action: number;
  readonly reward: number;
  /** The probability with which the action was taken, above 0. */
  readonly propensity: number;
  /** The probabilities of the actions under the policy to be judged; their sum 1. */
  readonly target: readonly number[];
  /** Rewards that a model predicts for each action; 0 where left out. */
  readonly predicted?: readonly number[];
  /** Whose decision it was; each round is a unit of its own where left out. */
  readonly unit?: string;
}

/** What a round adds to the estimators. */
export interface Term {
  readonly weight: number;
  readonly reward: number;
  /** Predicted value of the target policy. */
  readonly direct: number;
  /** reward - prediction for the action taken. */
  readonly residual: number;
}

/** Rounds in their domain, as terms, and the index of the unit of each. */
export function readRounds(log: readonly LoggedRound[]): { terms: Term[]; units: number[]; unitCount: number } {
  requireNotEmpty('log', log);
  const known = new Map<string, number>();
  let unitCount = 0;
  const units = log.map(({ unit }) => {
    const index = unit === undefined ? unitCount : (known.get(unit) ?? unitCount);
    if (index === unitCount) unitCount += 1;
    if (unit !== undefined) known.set(unit, index);
    return index;
  });
  return { terms: log.map(readRound), units, unitCount };
}

function readRound(round: LoggedRound, index: number): Term {
  const name = `log[${index}]`;
  const { action, reward, propensity, target, predicted } = round;
  requireFinite(`${name}.reward`, reward);
  if (!(propensity > 0 && propensity <= 1)) {
    throw new RangeError(`${name}.propensity must be above 0 and at most 1, got ${String(propensity)}`);
  }
  if (!(Number.isSafeInteger(action) && action >= 0 && action < target.length)) {
    throw new RangeError(`${name}.action must be an index into target, got ${String(action)}`);
  }
  target.forEach((share, k) => {
    requireProbability(`${name}.target[${k}]`, share);
  });
  const sum = target.reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-6) throw new RangeError(`${name}.target must sum to 1, got ${sum}`);
  if (predicted !== undefined) requirePredictions(name, target.length, predicted);
  const direct = target.reduce((total, share, k) => total + share * (predicted?.[k] ?? 0), 0);
  return {
    weight: target[action]! / propensity,
    reward,
    direct,
    residual: reward - (predicted?.[action] ?? 0),
  };
}

function requirePredictions(name: string, count: number, predicted: readonly number[]): void {
  if (predicted.length !== count) {
    throw new RangeError(`${name}.predicted must have one value per action, got ${predicted.length} for ${count}`);
  }
  predicted.forEach((value, k) => {
    requireFinite(`${name}.predicted[${k}]`, value);
  });
}
