import { plain, signed } from '../format.ts';

/** A tick of an axis of differences: its sign, and no digits that it does not need. */
export const axisTick = (value: number): string =>
  signed(value, plain(value, 6).replace(/0+$/, '').split('.')[1]?.length ?? 0);
