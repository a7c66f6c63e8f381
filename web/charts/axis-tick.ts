import { plain, signed } from '../format.ts';

/** A tick of an axis of differences: its sign, and no digits that it does not need. */
export const axisTick = (value: number): string => signed(value, digitsOf(value));

/** The same of quantities. */
export const plainTick = (value: number): string => plain(value, digitsOf(value));

const digitsOf = (value: number): number => plain(value, 6).replace(/0+$/, '').split('.')[1]?.length ?? 0;
