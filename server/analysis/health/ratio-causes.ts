import type { Report } from '../../contract/report-contract.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { controlFirst } from '../arms.ts';
import { list, oneOf, percent } from '../phrases.ts';
import type { ReportRows } from '../report-store.ts';
import { isUneven, logEvidence } from './ratio-evidence.ts';
import { unevenSegments } from './segment-ratio-check.ts';

/** A change is dated when it makes the units after it so much stronger evidence than all units. */
const DATED = Math.log(10);
const STICKY_SHARE = 0.05;
/** Calls without a record are a cause where the short variant has so many more of them. */
const MISSING_SHARE = 0.01;
const MISSING_TIMES = 2;

/** Why units may be split unevenly: what the data point to first, then what it mostly is. */
export function ratioCauses(
  phase: PhaseRow,
  rows: ReportRows,
  variants: Report['variants'],
  { observed, weights }: { observed: number[]; weights: number[] },
): string[] {
  const total = observed.reduce((sum, each) => sum + each, 0);
  const gap = observed.map((each, k) => (each - total * (weights[k] ?? 0)) / Math.sqrt(total * (weights[k] ?? 1)));
  const short = controlFirst(phase)[gap.indexOf(Math.min(...gap))]?.variant ?? '';
  const found = [
    crashes(variants, short),
    began(phase, rows),
    localised(phase, rows),
    isUneven(phase, (_, key) => variants.find((each) => each.variant === key)?.mixedUnits ?? 0)
      ? 'Units change their variant: more of those seen in two were first seen in one variant, see the check of mixed units.'
      : null,
    sticky(rows),
    isUneven(phase, (variantId) => rows.late.find((each) => each.variantId === variantId)?.n ?? 0)
      ? 'Events of one variant arrive later than those of the other: its exposures may still be on their way, or lost.'
      : null,
  ];
  return [...found.filter((each) => each !== null), ...usual(phase, short)];
}

function usual(phase: PhaseRow, short: string): string[] {
  return phase.assignment === 'external'
    ? [`The export or a join lost units of "${short}", or the weights of the plan are not those that were used.`]
    : [
        `A redirect, a filter or a crash after the assignment keeps units of "${short}" from being recorded.`,
        'Bots or tests fall into one variant: they share a few unit ids or ask again and again.',
      ];
}

function crashes(variants: Report['variants'], short: string): string | null {
  const share = (of: Report['variants']) => {
    const made = of.reduce((sum, each) => sum + (each.calls?.made ?? 0), 0);
    return made > 0 ? of.reduce((sum, each) => sum + (each.calls?.missing ?? 0), 0) / made : 0;
  };
  const own = share(variants.filter((each) => each.variant === short));
  const others = share(variants.filter((each) => each.variant !== short));
  if (own <= MISSING_SHARE || own <= MISSING_TIMES * others) return null;
  return `Processes crash before they send: ${percent(own)} of the calls of "${short}" have no record, ${percent(others)} of the others.`;
}

/** Since when, where the units before are split as planned and those after are not. */
function began(phase: PhaseRow, rows: ReportRows): string | null {
  const split = controlFirst(phase);
  const weights = split.map((each) => each.weight);
  const times = [...new Set(rows.cohorts.map((each) => each.at.getTime()))].sort((a, b) => a - b);
  const evidence = (cohorts: ReportRows['cohorts']) => {
    const unitsOf = (id: number) => cohorts.reduce((sum, each) => sum + (each.variantId === id ? each.units : 0), 0);
    return logEvidence([{ observed: split.map((each) => unitsOf(each.variantId)), weights }]);
  };
  const step = Math.max(1, Math.ceil(times.length / 200)); // finer than this nobody needs the date, nor is it kept
  const candidates = times.filter((_, k) => k > 0 && k % step === 0);
  const whole = evidence(rows.cohorts);
  const best = candidates
    .map((at) => ({ at, after: evidence(rows.cohorts.filter((each) => each.at.getTime() >= at)) }))
    .sort((a, b) => b.after - a.after)[0];
  if (!best || best.after < whole + DATED) return null;
  if (evidence(rows.cohorts.filter((each) => each.at.getTime() < best.at)) > 0) return null;
  const when = new Date(best.at).toISOString().slice(0, 16).replace('T', ' ');
  return `It began about ${when} UTC; before that the units were split as planned. Look for what was released or changed then.`;
}

function localised(phase: PhaseRow, rows: ReportRows): string | null {
  const { names, tested } = unevenSegments(phase, rows);
  if (names.length === 0 || names.length === tested) return null;
  return `It is in ${list(names.slice(0, 5))}${names.length > 5 ? ' and others' : ''}: look for what handles these units in another way.`;
}

function sticky(rows: ReportRows): string | null {
  const units = rows.counts.reduce((sum, each) => sum + each.units, 0);
  const remembered = rows.counts.reduce((sum, each) => sum + each.sticky, 0);
  if (units === 0 || remembered / units <= STICKY_SHARE) return null;
  return `${oneOf(remembered, 'unit has', 'units have')} a remembered variant (${percent(remembered / units)}): a store that forgets or refuses one variant shifts the draws of the rest.`;
}
