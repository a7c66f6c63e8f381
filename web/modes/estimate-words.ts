import type { ShadowReport } from '../../server/contract/shadow-contract.ts';
import type { EstimateRow } from '../charts/estimate-rows.ts';
import { decimalsFor, decimalsOf, NONE, plain, signed, THIN } from '../format.ts';

export type ShadowEstimate = ShadowReport['errors']['candidate'];
type Interval = { lower: number; upper: number };

/** By what a number is multiplied to be shown, its unit, and whether its sign matters. */
export type Scale = { factor: number; unit: string; signed: boolean };

export const shares: Scale = { factor: 100, unit: `${THIN}%`, signed: false };
export const moreShares: Scale = { factor: 100, unit: `${THIN}%`, signed: true };
export const points: Scale = { factor: 100, unit: `${THIN}pp`, signed: true };
export const milliseconds: Scale = { factor: 1, unit: `${THIN}ms`, signed: false };
export const moreMilliseconds: Scale = { factor: 1, unit: `${THIN}ms`, signed: true };
export const plainly: Scale = { factor: 1, unit: '', signed: false };
export const differences: Scale = { factor: 1, unit: '', signed: true };

/** "96.5 to 97.8 %". */
export function rangeWords({ lower, upper }: Interval, { factor, unit }: Scale): string {
  const decimals = decimalsFor(((upper - lower) / 2) * factor);
  return `${plain(lower * factor, decimals)} to ${plain(upper * factor, decimals)}${unit}`;
}

/** "97.2 % (96.5 to 97.8)"; the digits are those that the interval supports. */
export function intervalWords(estimate: number, interval: Interval | null, scale: Scale): string {
  const { factor, unit } = scale;
  const half = interval && ((interval.upper - interval.lower) / 2) * factor;
  const decimals = half ? decimalsFor(half) : Math.min(6, decimalsOf(estimate * factor, 3));
  const shown = scale.signed ? signed(estimate * factor, decimals) : plain(estimate * factor, decimals);
  if (!interval) return shown + unit;
  return `${shown}${unit} (${plain(interval.lower * factor, decimals)} to ${plain(interval.upper * factor, decimals)})`;
}

/** An estimate without enough behind it for an interval says so. */
export function estimateWords(found: ShadowEstimate, scale: Scale): string {
  if (found.status === 'ok') return intervalWords(found.estimate, found.interval, scale);
  return found.estimate === null ? NONE : `${intervalWords(found.estimate, null, scale)} so far`;
}

/** A line of a picture; null without anything to draw. */
export function estimateRow(name: string, found: ShadowEstimate, scale: Scale, colour: string): EstimateRow | null {
  if (found.estimate === null) return null;
  const { factor } = scale;
  const interval = found.status === 'ok' ? found.interval : null;
  return {
    id: name,
    name,
    estimate: found.estimate * factor,
    interval: interval && { lower: interval.lower * factor, upper: interval.upper * factor },
    colour,
    text: estimateWords(found, scale),
  };
}

export const drawn = (rows: (EstimateRow | null)[]): EstimateRow[] => rows.filter((row) => row !== null);
