import type { Comparison } from '../contract/report-contract.ts';
import { signedZ } from './compare/signed-z.ts';
import type { LookRule } from './look-bounds.ts';

/**
 * The answer about the margin with a p that is valid over all looks, as the comparison's own is: below half of alpha
 * exactly where the answer is "not worse". Above a half, one-sided, nothing is near to being shown and it stays.
 */
export function marginOverLooks(margin: Comparison['margin'], rule: LookRule, open: boolean): Comparison['margin'] {
  if (margin === null || margin.pValue === null) return margin;
  if (!open) return { ...margin, pValue: null };
  if (margin.pValue >= 0.5) return margin;
  const twoSided = 2 * margin.pValue;
  const log10P = Math.log10(Math.max(twoSided, Number.MIN_VALUE));
  const valid = rule.validP({ pValue: twoSided, log10P, z: signedZ(twoSided, log10P, 1) });
  return { ...margin, pValue: valid && valid.pValue / 2 };
}
