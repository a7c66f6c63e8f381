import { logEvidence, RATIO_ALARM } from '../../analysis/health/ratio-evidence.ts';
import { count } from '../../analysis/phrases.ts';
import type { CanarySettings } from '../../db/schema-types.ts';
import { largestShareOf } from './guardrail-record.ts';

/** Units of a step by their first exposure in it, remembered ones left out. */
export interface StepUnits {
  step: number;
  share: number;
  candidate: number;
  control: number;
}

export interface StepRatio {
  /** Over all steps: the sum of theirs. */
  logE: number;
  perStep: { step: number; candidate: number; control: number; expectedCandidate: number; logE: number }[];
  alarm: boolean;
  tooFewCandidates: boolean;
  sentence: string;
}

/** The units of each step against its shares, s_k : 1 - s_max; waiting units are not counted. */
export function sampleRatioOf(settings: CanarySettings, units: StepUnits[]): StepRatio {
  const control = 1 - largestShareOf(settings);
  const counted = units.filter((each) => each.candidate + each.control > 0);
  const strata = counted.map((each) => ({
    observed: [each.control, each.candidate],
    weights: [control, each.share],
  }));
  const perStep = counted.map(({ step, share, ...own }, k) => ({
    step,
    candidate: own.candidate,
    control: own.control,
    expectedCandidate: ((own.candidate + own.control) * share) / (share + control),
    logE: logEvidence(strata.slice(k, k + 1)),
  }));
  const logE = strata.length === 0 ? 0 : logEvidence(strata);
  const observed = counted.reduce((sum, each) => sum + each.candidate, 0);
  const expected = perStep.reduce((sum, each) => sum + each.expectedCandidate, 0);
  const alarm = logE >= Math.log(RATIO_ALARM);
  const tooFewCandidates = observed < expected;
  const numbers = `${count(observed)} units of the candidate where ${count(Math.round(expected))} are expected`;
  const sentence = alarm
    ? `Units are not split as planned: ${numbers}; ${
        tooFewCandidates
          ? 'exposures of the candidate are lost, as when its process crashes before it sends.'
          : 'something assigns or loses them unevenly.'
      }`
    : `Units are split as planned: ${numbers}.`;
  return { logE, perStep, alarm, tooFewCandidates, sentence };
}
