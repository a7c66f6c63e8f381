import { adjustment } from './adjustment-checks.ts';
import { epochChecks } from './bandit-epoch-checks.ts';
import { regretChecks } from './bandit-regret-checks.ts';
import type { Theme } from './check.ts';
import { coverage } from './coverage-checks.ts';
import { interleaving } from './interleaving-checks.ts';
import { looking } from './looking-checks.ts';
import { offPolicy } from './off-policy-checks.ts';

const bandits: Theme = { title: 'Bandits', checks: [...regretChecks, ...epochChecks] };

/** All that is checked, in the order of docs/calibration.md. */
export const themes: Theme[] = [looking, coverage, adjustment, bandits, interleaving, offPolicy];
