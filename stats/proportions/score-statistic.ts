import { findRoot } from '../special/find-root.ts';
import { type Proportion, rateDifference } from './proportion.ts';

/** The finite-sample factor of Miettinen and Nurminen; 1 for Mee's and Koopman's form. */
export function scoreFactor(control: Proportion, treatment: Proportion): number {
  const units = control.n + treatment.n;
  return units / (units - 1);
}

/** The score statistic for "no difference", which is also the one for "no lift"; undefined if all units are alike. */
export function nullScore(control: Proportion, treatment: Proportion, factor: number): number {
  return rateDifference(control, treatment) / Math.sqrt(nullVariance(control, treatment) * factor);
}

/** Variance of the difference of rates if both arms share one rate. */
export function nullVariance(control: Proportion, treatment: Proportion): number {
  const units = control.n + treatment.n;
  const events = control.x + treatment.x;
  return (events / units) * ((units - events) / units) * (1 / control.n + 1 / treatment.n);
}

/** Variance of the difference of rates at the likeliest rates whose difference (treatment - control) is the one given. */
export function differenceVariance(control: Proportion, treatment: Proportion, difference: number): number {
  // events and their complements swap places where events are the more frequent: rates close to 1 lose digits
  if (2 * (control.x + treatment.x) > control.n + treatment.n) {
    return differenceVariance(complement(control), complement(treatment), -difference);
  }
  if (difference === 0) return nullVariance(control, treatment);
  const [lowArm, highArm] = difference > 0 ? [control, treatment] : [treatment, control];
  const gap = Math.abs(difference);
  const low = likeliestLowRate(lowArm, highArm, gap);
  return (low * (1 - low)) / lowArm.n + ((low + gap) * Math.max(0, 1 - gap - low)) / highArm.n;
}

function complement(arm: Proportion): Proportion {
  return { x: arm.n - arm.x, n: arm.n };
}

/**
 * The rate u of the lower arm that maximises the likelihood when the other arm's rate is u + gap. The derivative falls
 * throughout; multiplied by the distances to its poles it is finite at both ends.
 */
function likeliestLowRate(low: Proportion, high: Proportion, gap: number): number {
  const end = 1 - gap;
  if (end <= 0) return 0;
  const poleAtStart = low.x > 0;
  const poleAtEnd = high.x < high.n;
  const slope = (u: number): number => {
    const v = end - u;
    const byStart = poleAtStart ? u : 1;
    const byEnd = poleAtEnd ? v : 1;
    const inner = high.x / (u + gap) - (low.n - low.x) / (v + gap);
    return low.x * byEnd * (poleAtStart ? 1 : 0) + inner * byStart * byEnd - (high.n - high.x) * byStart;
  };
  if (slope(0) <= 0) return 0;
  if (slope(end) >= 0) return end;
  return findRoot(slope, 0, end);
}

/** Variance of p_B - ratio p_A at the likeliest rates whose ratio (treatment / control) is the one given. */
export function ratioVariance(control: Proportion, treatment: Proportion, ratio: number): number {
  const events = control.x + treatment.x;
  if (events === 0) return 0;
  const atControl = control.n + treatment.x;
  const atTreatment = ratio * (treatment.n + control.x);
  // b^2 - 4ac of the quadratic for p_A, as a sum of squares
  const gap = atControl - atTreatment;
  const root = Math.sqrt(gap * gap + 4 * ratio * (control.n - control.x) * (treatment.n - treatment.x));
  const a = Math.min(1, (2 * events) / (atControl + atTreatment + root));
  const b = Math.min(1, ratio * a);
  return (b * (1 - b)) / treatment.n + (ratio * ratio * a * (1 - a)) / control.n;
}
