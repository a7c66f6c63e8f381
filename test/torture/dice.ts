import { randomFrom } from '../../examples/shop/random.ts';

/** What a seed draws. */
export interface Dice {
  /** True with probability `p`. */
  chance(p: number): boolean;
  /** A number in [low, high). */
  between(low: number, high: number): number;
  /** A whole number in [0, count). */
  whole(count: number): number;
  pick<T>(from: readonly T[]): T;
  shuffled<T>(from: readonly T[]): T[];
  /** Dice of its own for one part, so that parts do not disturb each other's draws. */
  split(): Dice;
}

export function diceFrom(seed: number): Dice {
  const random = randomFrom(seed);
  const whole = (count: number) => Math.floor(random() * count);
  return {
    chance: (p) => random() < p,
    between: (low, high) => low + random() * (high - low),
    whole,
    pick: (from) => {
      const one = from[whole(from.length)];
      if (one === undefined) throw new Error('nothing to pick from');
      return one;
    },
    shuffled(from) {
      const rest = [...from];
      return from.map(() => rest.splice(whole(rest.length), 1)[0]!);
    },
    split: () => diceFrom(whole(2 ** 32)),
  };
}
