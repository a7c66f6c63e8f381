import { banditParts } from '../delivery/bandit/bandit-parts.ts';
import { canaryParts } from '../delivery/canary/canary-parts.ts';
import { interleaveParts } from './interleave/interleave-parts.ts';
import type { ModeInput, ModeParts } from './mode-parts.ts';
import { shadowParts } from './shadow/shadow-mode.ts';

/** Null in A/B phases, which the common report covers. */
export function modeParts(input: ModeInput): ModeParts | null {
  const { mode } = input.rows;
  switch (mode?.mode) {
    case undefined:
      return null;
    case 'shadow':
      return shadowParts(input, mode.stored);
    case 'canary':
      return canaryParts(input, mode);
    case 'bandit':
      return banditParts(input, mode);
    case 'interleave':
      return interleaveParts(input, mode);
  }
}
