import { normalLogSf, normalQuantile } from '../../../stats/index.ts';

const HALF_LOG_TWO_PI = 0.9189385332046727;
/** Below it p / 2 is not far from underflow. */
const LEAST_P = 1e-290;
/** So far out the logarithm of the tail is -z²/2 to ten digits, and Newton's steps would drown in its rounding. */
const FAR = 1e12;
/** Whose square is still a number. */
const MOST = 1e150;

/**
 * The standard normal value with this two-sided p and the sign of the estimate, right also where p underflows: bounds
 * of sequential tests are in z, whatever the test.
 */
export function signedZ(pValue: number, log10P: number, estimate: number): number {
  const size = pValue > LEAST_P ? -normalQuantile(pValue / 2) : farQuantile(log10P * Math.LN10 - Math.LN2);
  return Math.sign(estimate) * Math.max(0, size) || 0;
}

/** z with log P(Z > z) = logTail, by Newton's method; the logarithm of the tail is concave, so that it converges. */
function farQuantile(logTail: number): number {
  let z = Math.sqrt(-2 * logTail);
  if (-logTail > FAR) return Math.min(z, MOST);
  for (let k = 0; k < 20; k++) {
    const logSf = normalLogSf(z);
    const step = (logSf - logTail) / Math.exp(-0.5 * z * z - HALF_LOG_TWO_PI - logSf);
    z += step;
    if (Math.abs(step) <= 1e-15 * z) break;
  }
  return z;
}
