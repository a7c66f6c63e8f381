import { requireCount, requireFinite, requireNonNegative } from '../domain.ts';

/** Which way a guardrail is judged: `fail` gathers evidence that the candidate is worse, `pass` that it is not. */
export type GuardrailSide = 'fail' | 'pass';

/** The event rates of the candidate, over what is tolerated, that the evidence is averaged over. */
export const GUARDRAIL_RATIOS: Readonly<Record<GuardrailSide, readonly number[]>> = {
  fail: [1.25, 1.5, 2, 3, 5, 8],
  pass: [4 / 5, 2 / 3, 1 / 2, 1 / 3, 1 / 5],
};

/** One process of evidence, for one whole phase. A plain value: may be stored and read back. */
export interface GuardrailEvidence {
  readonly side: GuardrailSide;
  readonly events: number;
  /** Logarithm of the product of likelihood ratios, per ratio. */
  readonly logProducts: readonly number[];
  /** log e now: of the mean of the products. */
  readonly logE: number;
  /** The highest log e so far; the side is decided once it reaches ln(1 / alpha). */
  readonly highestLogE: number;
}

/** The first failing call of a unit in the candidate or the control band. */
export interface GuardrailEvent {
  readonly candidate: boolean;
  /** Chance that this event falls on the candidate if it is exactly at the margin: {@link candidateShare}. */
  readonly share: number;
}

/**
 * The chance that an event falls on the candidate if its rate is (1 + margin) times that of control.
 *
 * Input: the step's share of the candidate, above 0 and at most `largestShare` (below 1), the largest share of the plan;
 * the relative margin, at least 0. Output: s (1 + m) / (s (1 + m) + 1 - s_max), strictly between 0 and 1.
 * @throws RangeError if a share or the margin is outside its range.
 * @example
 * candidateShare(0.05, 0.5); // 0.0909...
 */
export function candidateShare(share: number, largestShare: number, margin = 0): number {
  if (!(largestShare > 0 && largestShare < 1)) {
    throw new RangeError(`largestShare must be between 0 and 1, got ${String(largestShare)}`);
  }
  if (!(share > 0 && share <= largestShare)) {
    throw new RangeError(`share must be above 0 and at most ${largestShare}, got ${String(share)}`);
  }
  requireNonNegative('margin', margin);
  const weight = share * (1 + margin);
  return weight / (weight + 1 - largestShare);
}

/** The evidence before the first event of a phase: e = 1. Never start again at a step. */
export function startGuardrail(side: GuardrailSide): GuardrailEvidence {
  if (side !== 'fail' && side !== 'pass') throw new RangeError(`side must be fail or pass, got ${String(side)}`);
  return { side, events: 0, logProducts: GUARDRAIL_RATIOS[side].map(() => 0), logE: 0, highestLogE: 0 };
}

/**
 * The evidence of a rate guardrail after one more event. Looked at after every event, e ever reaches 1 / α with a
 * probability of at most α: for `fail` if the candidate is not worse than the margin, for `pass` if it is not better.
 *
 * Input: the evidence so far and the next event, in order of arrival; the share may change from event to event with the
 * step. Output: the new evidence; the old one is unchanged.
 * Error: absolute 1e-15 of log e an event; never overflows.
 * Assumes: one event a unit, its first; given an event, the arm falls by shares and rates alone.
 * Source: Wald 1945; mean of e-values: Vovk and Wang 2021. e = mean over r of Π (candidate ? r : 1) / (1 + π (r - 1)).
 * @throws RangeError if the share is not strictly between 0 and 1 or the evidence is not of this kind.
 * @example
 * addGuardrailEvent(startGuardrail('fail'), { candidate: true, share: 0.5 }).logE; // 0.35870...
 */
export function addGuardrailEvent(before: GuardrailEvidence, event: GuardrailEvent): GuardrailEvidence {
  const { candidate, share } = event;
  if (!(share > 0 && share < 1)) throw new RangeError(`share must be between 0 and 1, got ${String(share)}`);
  requireEvidence(before);
  const ratios = GUARDRAIL_RATIOS[before.side];
  const logProducts = ratios.map((ratio, i) => {
    const factor = (candidate ? Math.log(ratio) : 0) - Math.log1p(share * (ratio - 1));
    return before.logProducts[i]! + factor;
  });
  const logE = logMeanExp(logProducts);
  const highestLogE = Math.max(before.highestLogE, logE);
  return { side: before.side, events: before.events + 1, logProducts, logE, highestLogE };
}

function requireEvidence({ side, events, logProducts, logE, highestLogE }: GuardrailEvidence): void {
  const { length } = GUARDRAIL_RATIOS[side];
  if (logProducts.length !== length) {
    throw new RangeError(`logProducts must have length ${length}, got ${logProducts.length}`);
  }
  requireCount('events', events);
  requireFinite('logE', logE);
  requireFinite('highestLogE', highestLogE);
  // called for every event: the name is put together only for an error
  const broken = logProducts.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) requireFinite(`logProducts[${broken}]`, logProducts[broken]!);
}

/** Whether the evidence has ever reached 1 / alpha. */
export function guardrailDecided(evidence: GuardrailEvidence, alpha: number): boolean {
  requireEvidence(evidence);
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha must be between 0 and 1, got ${String(alpha)}`);
  return evidence.highestLogE >= -Math.log(alpha);
}

function logMeanExp(values: readonly number[]): number {
  const highest = Math.max(...values);
  return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0) / values.length);
}
