import { isMet, type Line, type Target } from './check.ts';

/** A line as a terminal shows it. */
export function tellLine(line: Line): string {
  const mark = isMet(line) ? 'ok    ' : 'FAILED';
  return `${mark} ${line.label}: ${withError(line.observed, line.standardError)}, ${targetText(line.target)}`;
}

export function targetText(target: Target): string {
  const sign = target.is === 'equal' ? '' : target.is === 'at most' ? '≤ ' : '≥ ';
  return `target ${sign}${withError(target.value, target.standardError)}`;
}

/** "0.0502 ± 0.0015": an error to two digits, the number to the same place; a number without error to six digits. */
export function withError(value: number, standardError: number): string {
  if (standardError === 0) return `${Number(value.toPrecision(6))}`;
  const digits = Math.min(9, Math.max(0, 1 - Math.floor(Math.log10(standardError))));
  return `${value.toFixed(digits)} ± ${standardError.toFixed(digits)}`;
}
