import { dayOrHour } from '../format.ts';

/** Ticks of a time axis: seconds are told while the whole picture is minutes. */
export function timeTicks(
  [start, end]: readonly [Date, Date],
  width: number,
): { ticks: number; format: (at: Date) => string } {
  const span = (end.getTime() - start.getTime()) / 1000;
  const seconds = span < 600;
  const most = Math.max(2, Math.min(7, Math.floor(width / (seconds ? 110 : 90))));
  return {
    // Never between two seconds, under the same words.
    ticks: Math.max(1, Math.min(most, Math.floor(span / 1.5))),
    format: seconds ? withSeconds : (at) => dayOrHour(at),
  };
}

const withSeconds = (at: Date): string => new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' }).format(at);
