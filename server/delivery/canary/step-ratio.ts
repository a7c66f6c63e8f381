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
  /** Of the mean over the plan's steps. */
  logE: number;
  perStep: { step: number; candidate: number; control: number; expectedCandidate: number; logE: number }[];
  alarm: boolean;
  tooFewCandidates: boolean;
  sentence: string;
}

/**
 * The units of each step against its shares, s_k : 1 - s_max; waiting units are not counted. The same units return in
 * several steps, so that the e-values of steps are not independent: their mean is an e-value, their product is not.
 */
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
  const logE = logMean(
    perStep.map((each) => each.logE),
    settings.steps.length,
  );
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

/** Log of the mean of e-values of so many steps; one that has not begun has 1. */
function logMean(logs: number[], steps: number): number {
  const all = [...logs, ...Array.from({ length: Math.max(0, steps - logs.length) }, () => 0)];
  const most = Math.max(0, ...all);
  return most + Math.log(all.reduce((sum, each) => sum + Math.exp(each - most), 0) / all.length);
}
