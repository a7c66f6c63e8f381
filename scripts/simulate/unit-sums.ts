import type { UnitSums } from '../../server/analysis/shadow/shadow-result.ts';

/** Adds decisions one by one and answers at any time what the job would read of them. */
export interface SumCollector {
  add: (unit: number, value: number, divisor?: number) => void;
  sums: () => UnitSums;
}

/** `rate`: values are 0 or 1. */
export function sumCollector(units: number, rate: boolean): SumCollector {
  const [n, y, d, up, down] = Array.from({ length: 5 }, () => new Float64Array(units)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const total = { units: 0, n: 0, nn: 0, y: 0, d: 0, yy: 0, yd: 0, dd: 0, up: 0, down: 0, upUnits: 0, downUnits: 0 };
  const grow = (of: Float64Array, unit: number, by: number, upTo: 'up' | 'down', unitsOf: 'upUnits' | 'downUnits') => {
    if (by <= 0) return;
    if (of[unit] === 0) total[unitsOf]++;
    of[unit] = (of[unit] ?? 0) + by;
    total[upTo] += by;
  };
  return {
    add(unit, value, divisor = 1) {
      const [n0, y0, d0] = [n[unit] ?? 0, y[unit] ?? 0, d[unit] ?? 0];
      const [y1, d1] = [y0 + value, d0 + divisor];
      if (n0 === 0) total.units++;
      total.n++;
      total.nn += 2 * n0 + 1;
      total.y += value;
      total.d += divisor;
      total.yy += y1 * y1 - y0 * y0;
      total.yd += y1 * d1 - y0 * d0;
      total.dd += d1 * d1 - d0 * d0;
      [n[unit], y[unit], d[unit]] = [n0 + 1, y1, d1];
      grow(up, unit, value, 'up', 'upUnits');
      grow(down, unit, rate ? 1 - value : -value, 'down', 'downUnits');
    },
    sums() {
      const { units: count, n: decisions, nn, y: sumY, d: sumD, yy, yd, dd, ...rest } = total;
      const [mean, divisorMean] = [sumY / Math.max(1, count), sumD / Math.max(1, count)];
      return {
        units: count,
        decisions,
        effectiveUnits: nn === 0 ? 0 : decisions ** 2 / nn,
        up: rest.up,
        down: rest.down,
        upUnits: rest.upUnits,
        downUnits: rest.downUnits,
        mean,
        divisorMean,
        squares: Math.max(0, yy - count * mean * mean),
        products: yd - count * mean * divisorMean,
        divisorSquares: Math.max(0, dd - count * divisorMean * divisorMean),
      };
    },
  };
}
