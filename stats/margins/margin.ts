import { requirePositive } from '../domain.ts';

export interface MarginOptions {
  /** One-sided error probability, above 0 and below 0.5; 0.025 by default, which belongs to a 95 % interval. */
  readonly alpha?: number;
  /** True by default; false for metrics where less is better (errors, latency). */
  readonly higherIsBetter?: boolean;
}

/** Whether treatment is at worst a margin away from control, and whether it is better than control. */
export interface NonInferiority {
  readonly status: 'ok';
  readonly method: string;
  /** Treatment minus control. */
  readonly estimate: number;
  readonly standardError: number;
  /** Distance of the estimate from the margin, in standard errors; positive on the good side. */
  readonly statistic: number;
  /** `Infinity` for the normal. */
  readonly degreesOfFreedom: number;
  /** One-sided p against "worse by the margin or more"; 0 where it underflows, `log10P` then still holds. */
  readonly p: number;
  readonly log10P: number;
  readonly alpha: number;
  /** One-sided limit of the difference at 1 - alpha on the bad side: the lower one where higher is better. */
  readonly limit: number;
  readonly nonInferior: boolean;
  /** One-sided p against "not better". */
  readonly pSuperior: number;
  readonly superior: boolean;
}

export function requireAlpha(alpha: number): void {
  if (!(alpha > 0 && alpha < 0.5)) throw new RangeError(`alpha must be above 0 and below 0.5, got ${String(alpha)}`);
}

/** Margin and alpha in their domain. */
export function requireMargin(margin: number, options: MarginOptions): { alpha: number; sign: 1 | -1 } {
  requirePositive('margin', margin);
  const alpha = options.alpha ?? 0.025;
  requireAlpha(alpha);
  return { alpha, sign: (options.higherIsBetter ?? true) ? 1 : -1 };
}
