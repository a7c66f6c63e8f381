import { adjustP, dunnettCriticalValue, dunnettP, eBenjaminiHochberg, falseCoverage } from '../../stats/index.ts';
import type { Comparison } from '../contract/report-contract.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import type { DueLook } from './look-clock.ts';
import type { LookResult } from './look-result.ts';

type Interval = { lower: number; upper: number };

/** One comparison of a look, as its family sees it. */
export interface FamilyMember {
  role: LookResult['role'];
  /** Whether there is anything to test; what has too little data leaves its family. */
  testable: boolean;
  /** Over all looks of the plan; null: nothing can be concluded at this look. */
  pValue: number | null;
  logE: number | null;
  estimate: number;
  z: number;
  units: { control: number; arm: number };
  /** The interval whose error probability over all looks is alpha; null: every value is possible. */
  intervalAt(alpha: number): Interval | null;
  /** What the look before concluded. */
  before: Comparison | null;
}

export type FamilyAnswer = Pick<Comparison, 'adjustedPValue' | 'significant' | 'simultaneous'>;

const NOTHING: FamilyAnswer = { adjustedPValue: null, significant: null, simultaneous: null };

/** Corrected conclusions of one look, in the order given. Guardrails stand each for itself: all of them must hold. */
export function decideFamilies(members: FamilyMember[], current: PhaseRow, due: DueLook): FamilyAnswer[] {
  const alpha = 1 - current.plan.level;
  const of = (role: FamilyMember['role']) => members.filter((each) => each.testable && each.role === role);
  const answers = new Map<FamilyMember, FamilyAnswer>();
  for (const each of of('guardrail')) answers.set(each, { ...NOTHING, significant: below(each.pValue, alpha) });
  const primary = of('primary');
  const dunnett = due.rule === 'fixed' && current.plan.correction === 'dunnett' && primary.length > 1;
  const decided = dunnett ? byDunnett(primary, alpha) : byHolm(primary, alpha, due.last);
  primary.forEach((each, i) => void answers.set(each, decided[i] ?? NOTHING));
  const secondary = of('secondary');
  const explored = exploratory(secondary, alpha, due);
  secondary.forEach((each, i) => void answers.set(each, explored[i] ?? NOTHING));
  return members.map((each) => answers.get(each) ?? NOTHING);
}

function below(p: number | null, alpha: number): boolean {
  return p !== null && p < alpha;
}

function byHolm(members: FamilyMember[], alpha: number, last: boolean): FamilyAnswer[] {
  // what cannot conclude yet still is a test
  const adjusted = adjustP(members.map((each) => each.pValue ?? 1));
  const intervals = last && members.length > 1 ? holmCompatible(members, alpha) : [];
  return members.map((each, i) => {
    const adjustedPValue = each.pValue === null ? null : (adjusted[i] ?? null);
    const interval = intervals[i];
    const method = 'Holm-compatible, each direction at half (Strassburger and Bretz)';
    return {
      adjustedPValue,
      significant: below(adjustedPValue, alpha),
      simultaneous: interval ? { interval, method } : null,
    };
  });
}

/**
 * Intervals that hold together and agree with Holm's one-sided tests in both directions, each at half of alpha, made of the
 * comparisons' own tests (as `holmIntervals` for normal estimates). An end of exactly 0 says "this side, and no more".
 */
function holmCompatible(members: FamilyMember[], alpha: number): (Interval | null)[] {
  const ends = ([1, -1] as const).map((side) => {
    const oneSided = members.map(({ pValue, estimate }) => {
      const half = (pValue ?? 1) / 2;
      return Math.sign(estimate) === side ? half : 1 - half;
    });
    const rejected = adjustP(oneSided).map((p) => p <= alpha / 2);
    const kept = rejected.filter((each) => !each).length;
    return members.map((each, i) => {
      if (rejected[i] && kept > 0) return 0;
      const interval = each.intervalAt(alpha / (kept === 0 ? members.length : kept));
      if (!interval) return null;
      const end = side === 1 ? interval.lower : interval.upper;
      // rounding apart, the end is on this side of 0 anyway
      return side * (rejected[i] ? Math.max(0, side * end) : Math.min(0, side * end)) || 0;
    });
  });
  return members.map((_, i) => {
    const [lower, upper] = [ends[0]?.[i] ?? null, ends[1]?.[i] ?? null];
    return lower === null || upper === null ? null : { lower, upper };
  });
}

/** Several challengers against one control on one metric, at one look. */
function byDunnett(members: FamilyMember[], alpha: number): FamilyAnswer[] {
  const design = {
    controlUnits: Math.max(1, members[0]?.units.control ?? 1),
    treatmentUnits: members.map((each) => Math.max(1, each.units.arm)),
  };
  const adjusted = dunnettP(
    members.map((each) => each.z),
    design,
  );
  const { critical } = dunnettCriticalValue(design, alpha);
  const alone = dunnettP([critical], { ...design, treatmentUnits: design.treatmentUnits.slice(0, 1) })[0] ?? alpha;
  return members.map((each, i) => {
    const adjustedPValue = each.pValue === null ? null : (adjusted[i] ?? null);
    const interval = each.intervalAt(alone);
    return {
      adjustedPValue,
      significant: below(adjustedPValue, alpha),
      simultaneous: interval ? { interval, method: 'Dunnett' } : null,
    };
  });
}

/** Secondary metrics: the share of false discoveries, once at the last planned look or by e-values at any. */
function exploratory(members: FamilyMember[], alpha: number, due: DueLook): FamilyAnswer[] {
  if (due.last) return byBenjaminiHochberg(members, alpha);
  if (due.rule === 'always_valid' && due.planned === null) return byEValues(members, alpha);
  // After the last planned look what was found there stands; before it nothing is decided.
  return members.map(({ before }) =>
    due.rule === 'always_valid' && before
      ? { adjustedPValue: before.adjustedPValue, significant: before.significant, simultaneous: before.simultaneous }
      : NOTHING,
  );
}

function byBenjaminiHochberg(members: FamilyMember[], alpha: number): FamilyAnswer[] {
  const p = members.map((each) => each.pValue ?? 1);
  const adjusted = adjustP(p, 'BH');
  const shown = falseCoverage(p, alpha);
  return members.map((each, i) => {
    const adjustedPValue = each.pValue === null ? null : (adjusted[i] ?? null);
    const interval = shown.alpha !== null && shown.selected.includes(i) ? each.intervalAt(shown.alpha) : null;
    return {
      adjustedPValue,
      significant: below(adjustedPValue, alpha),
      simultaneous: interval ? { interval, method: 'false-coverage (Benjamini and Yekutieli)' } : null,
    };
  });
}

/** e-BH; its adjusted p is Benjamini and Hochberg's of 1/e, which is below alpha for the same ones. */
function byEValues(members: FamilyMember[], alpha: number): FamilyAnswer[] {
  const rejected = eBenjaminiHochberg(
    members.map((each) => (each.logE === null ? 0 : Math.exp(each.logE))),
    alpha,
  );
  const adjusted = adjustP(
    members.map((each) => Math.exp(-Math.max(0, each.logE ?? 0))),
    'BH',
  );
  return members.map((each, i) => ({
    adjustedPValue: each.logE === null ? null : (adjusted[i] ?? null),
    significant: rejected.includes(i),
    simultaneous: null,
  }));
}
