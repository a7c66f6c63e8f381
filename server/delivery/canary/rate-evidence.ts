import {
  addGuardrailEvent,
  candidateShare,
  type GuardrailEvidence,
  guardrailDecided,
  startGuardrail,
} from '../../../stats/index.ts';
import type { CanarySettings } from '../../db/schema-types.ts';
import { alphaOfOne, isRate, largestShareOf } from './guardrail-record.ts';

export type Band = 'candidate' | 'control' | 'waiting';

/** The first failing call of a unit under one guardrail: in which step, and in which band the unit was then. */
export interface FirstFailure {
  /** Place of the guardrail in the settings. */
  guardrail: number;
  step: number;
  band: Band;
  at: Date;
}

/** Both processes of one guardrail, for one whole phase. */
export interface RateEvidence {
  fail: GuardrailEvidence;
  pass: GuardrailEvidence;
  /** When 1 / α was reached. */
  failedAt: Date | null;
  passedAt: Date | null;
  /** First failing units by step; what waiting units do is counted and not judged. */
  events: Map<number, Record<Band, number>>;
}

export function startEvidence(): RateEvidence {
  return {
    fail: startGuardrail('fail'),
    pass: startGuardrail('pass'),
    failedAt: null,
    passedAt: null,
    events: new Map(),
  };
}

/** The evidence after one more failing unit. One of the waiting band is gone: it counts for neither side. */
export function addFailure(before: RateEvidence, settings: CanarySettings, failure: FirstFailure): RateEvidence {
  const guardrail = settings.guardrails[failure.guardrail];
  const share = settings.steps[failure.step - 1]?.share;
  // A step that the plan does not have is a client's invention.
  if (!guardrail || !isRate(guardrail) || share === undefined) return before;
  const events = countFailure(before.events, failure);
  if (failure.band === 'waiting') return { ...before, events };
  const largest = largestShareOf(settings);
  const candidate = failure.band === 'candidate';
  const at = (margin: number) => ({ candidate, share: candidateShare(share, largest, margin) });
  const fail = addGuardrailEvent(before.fail, at(guardrail.rollbackMargin));
  const pass = addGuardrailEvent(before.pass, at(guardrail.margin));
  const alpha = alphaOfOne(settings);
  return {
    fail,
    pass,
    failedAt: before.failedAt ?? (guardrailDecided(fail, alpha) ? failure.at : null),
    passedAt: before.passedAt ?? (guardrailDecided(pass, alpha) ? failure.at : null),
    events,
  };
}

function countFailure(before: RateEvidence['events'], { step, band }: FirstFailure): RateEvidence['events'] {
  const known = before.get(step) ?? { candidate: 0, control: 0, waiting: 0 };
  return new Map(before).set(step, { ...known, [band]: known[band] + 1 });
}

/** Mantel and Haenszel's ratio of the two rates over steps; an estimate for display. Null before the control has events. */
export function rateRatio({ events }: RateEvidence, settings: CanarySettings): number | null {
  const largest = largestShareOf(settings);
  let [candidate, control] = [0, 0];
  for (const [step, counts] of events) {
    const share = settings.steps[step - 1]?.share;
    if (share === undefined) continue;
    const expected = candidateShare(share, largest);
    candidate += counts.candidate * (1 - expected);
    control += counts.control * expected;
  }
  return control > 0 ? candidate / control : null;
}
