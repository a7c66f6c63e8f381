import { adjustment } from './adjustment-checks.ts';
import { delayChecks } from './bandit-delay-checks.ts';
import { epochChecks } from './bandit-epoch-checks.ts';
import { regretChecks } from './bandit-regret-checks.ts';
import type { Theme } from './check.ts';
import { coverage } from './coverage-checks.ts';
import { guardrailChecks } from './guardrail-checks.ts';
import { interleaving } from './interleaving-checks.ts';
import { looking } from './looking-checks.ts';
import { maturityChecks } from './maturity-checks.ts';
import { offPolicy } from './off-policy-checks.ts';
import { rampChecks } from './ramp-checks.ts';
import { reportFamilyChecks } from './report-family-checks.ts';
import { reportHealthChecks } from './report-health-checks.ts';
import { reportLookingChecks } from './report-looking-checks.ts';

const bandits: Theme = { title: 'Bandits', checks: [...regretChecks, ...epochChecks, ...delayChecks] };

const ramps: Theme = { title: 'Ramps and guardrails', checks: [...rampChecks, ...guardrailChecks] };
const reports: Theme = {
  title: 'What the report concludes',
  checks: [...reportLookingChecks, ...reportFamilyChecks, ...reportHealthChecks, ...maturityChecks],
};

/** All that is checked, in the order of docs/calibration.md. */
export const themes: Theme[] = [reports, looking, coverage, adjustment, ramps, bandits, interleaving, offPolicy];
