import { draw } from '../../sdk/index.ts';
import type { RandomStream } from '../calibrate/random-stream.ts';

/** Who comes and whose calls fail. Rates are those of the champion; the candidate's errors are `harm` times as many. */
export interface CanaryWorld {
  name: string;
  requestsPerUnit: number;
  /** Share of units that have trouble, and how often their calls fail. */
  troubledShare: number;
  troubledRate: number;
  /** Of everybody else. */
  errorRate: number;
  harm: number;
}

const SLOW_RATE = 0.02;
/** A unit does the thing that the third guardrail watches, once. */
const CONVERSION_RATE = 0.1;
/** Units that come and go at the same time; each stays for its requests, over several steps. */
const PRESENT = 2_000;

export const WORLDS = {
  independent: { requestsPerUnit: 1, troubledShare: 0, troubledRate: 0, errorRate: 0.01 },
  /** One unit of a hundred fails twenty times as often as the others; 1 % of all calls fail. */
  clustered: { requestsPerUnit: 10, troubledShare: 0.01, troubledRate: 0.2 / 1.19, errorRate: 0.01 / 1.19 },
  heavy: { requestsPerUnit: 10, troubledShare: 0.01, troubledRate: 0.6, errorRate: 0.004 },
};

export interface CanaryUnit {
  /** Its draw under the phase's salt, which is its place in [0, 1) for the whole ramp. */
  place: number;
  errorRate: number;
  converts: boolean;
  left: number;
  /** Steps in which it was exposed, as bits. */
  seen: number;
  erred: boolean;
  slow: boolean;
}

/** Whose request is next; `salt`: units are placed by the SDK's hash, else at random. */
export function requestsOf(random: RandomStream, world: CanaryWorld, salt: string | null): () => CanaryUnit {
  let made = 0;
  if (world.requestsPerUnit === 1) return () => newUnit(random, world, salt, made++);
  const present = Array.from({ length: PRESENT }, () => {
    const unit = newUnit(random, world, salt, made++);
    // at the start people are amid their visits
    unit.left = 1 + random.below(world.requestsPerUnit);
    return unit;
  });
  return () => {
    const k = random.below(PRESENT);
    let unit = present[k];
    if (!unit || unit.left === 0) {
      unit = newUnit(random, world, salt, made++);
      present[k] = unit;
    }
    unit.left -= 1;
    return unit;
  };
}

function newUnit(random: RandomStream, world: CanaryWorld, salt: string | null, made: number): CanaryUnit {
  // What is left of the number below its first part is as random as the number.
  const fate = random.uniform() / CONVERSION_RATE;
  return {
    place: salt === null ? random.uniform() : draw(salt, `unit-${made}`),
    errorRate: fate % 1 < world.troubledShare ? world.troubledRate : world.errorRate,
    converts: fate < 1,
    left: world.requestsPerUnit,
    seen: 0,
    erred: false,
    slow: false,
  };
}

/** What becomes of a call: it fails, is slow, or neither. */
export function callOf(
  random: RandomStream,
  world: CanaryWorld,
  unit: CanaryUnit,
  candidate: boolean,
): 'ok' | 'error' | 'slow' {
  const fate = random.uniform();
  if (fate >= 1 - SLOW_RATE) return 'slow';
  return fate < (candidate ? world.harm * unit.errorRate : unit.errorRate) ? 'error' : 'ok';
}
