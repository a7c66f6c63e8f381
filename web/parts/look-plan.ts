import type { Phase } from '../../server/contract/phase-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { count, dateTime, percentOf, plain, wholePercent } from '../format.ts';

export type LookPlan = {
  title: string;
  when: string;
  progress: string;
  share: number | null;
  /** Shares of the plan at which planned looks fall, the last one left out. */
  marks: number[];
  /** How far the data are from the precision that the plan wants: the units that its effect needs. */
  precision: { text: string; share: number } | null;
  forecast: string | null;
  outlook: [string, string][];
};

type Progress = NonNullable<Report['progress']>;

/** What is known about the looks while any is still to come; null when there is nothing to say. */
export function lookPlan(report: Report): LookPlan | null {
  const { progress, metrics, phase } = report;
  if (!progress || !phase) return null;
  const live = metrics.some((metric) => metric.comparisons.some((comparison) => comparison.status === 'live'));
  const over = phase.state === 'ended' && phase.assignment === 'hash';
  const goesOn = phase.state === 'running' && phase.plan.design === 'group_sequential';
  if (!live && (over || (progress.looks.final && !goesOn))) return null;
  return {
    title: [titleOf(progress, phase, live), leftOf(progress)].filter(Boolean).join('; '),
    when: whenSentence(progress, phase),
    progress: progressSentence(progress),
    share: progress.share,
    marks: marksOf(phase),
    precision: precisionOf(progress, phase),
    forecast: progress.forecast?.sentence ?? null,
    outlook: outlookOf(progress),
  };
}

function titleOf({ looks }: Progress, { plan }: Phase, live: boolean): string {
  if (looks.taken > 0 && !looks.final) {
    return looks.planned === null
      ? `Look ${looks.taken} was taken`
      : `Look ${looks.taken} of ${looks.planned} was taken`;
  }
  if (looks.final && plan.design === 'group_sequential') return `All ${looks.planned} planned looks were taken`;
  if (live) return 'Live numbers \u2014 not for decisions';
  return plan.design === 'fixed' ? 'The final look is still to come' : 'The first look is still to come';
}

/** Which promise the intervals keep: "Sequential, look 2 of 5." */
export function ruleSentence({ phase, progress }: Pick<Report, 'phase' | 'progress'>): string | null {
  if (!phase || !progress) return null;
  const { taken, planned } = progress.looks;
  if (phase.plan.design === 'fixed')
    return taken > 0 ? 'Fixed plan, by its one look.' : 'Fixed plan, before its one look.';
  if (planned === null) {
    return taken === 0 ? 'Always-valid plan, before its first look.' : `Always-valid plan, look ${taken}.`;
  }
  return taken === 0
    ? `Sequential plan, before the first of ${planned} looks.`
    : `Sequential plan, look ${Math.min(taken, planned)} of ${planned}${taken > planned ? `, and ${taken - planned} after it` : ''}.`;
}

const peeking = 'Looking earlier finds differences that are not there.';
const between = 'In between nothing is concluded.';

function whenSentence(progress: Progress, { state, assignment, plan }: Phase): string {
  const { lookAt, looks } = progress;
  if (assignment === 'external') {
    if (lookAt) return `The one final look was taken ${dateTime(lookAt)}; what is marked live here is not part of it.`;
    return state === 'ended'
      ? 'The one final look is being computed; this takes a few seconds.'
      : `Assignments come from elsewhere, so the one final look is taken when the experiment is concluded. ${peeking}`;
  }
  if (plan.design === 'fixed' && lookAt) {
    return `The one final look was taken ${dateTime(lookAt)}; what is marked live here is not part of it.`;
  }
  if (state === 'ended') {
    return looks.taken === 0
      ? 'It ended before its final look, so these numbers will not become final.'
      : 'It ended, so no further look is taken.';
  }
  return upcoming(progress, plan.design);
}

function upcoming({ looks, plannedUnits, plannedEndAt }: Progress, design: Phase['plan']['design']): string {
  if (design === 'fixed') {
    const when = moment(plannedUnits, plannedEndAt);
    return when === null
      ? 'The plan declares no final look, so these numbers will not become final.'
      : `The one final look comes ${when}. ${peeking}`;
  }
  const when = moment(looks.nextUnits, looks.nextAt);
  const which = looks.taken === 0 ? 'first' : 'next';
  if (design === 'always_valid' || looks.final) {
    const next = when === null ? '' : `The ${which} look comes ${when}. `;
    return `${next}Looks go on as units come, and what they conclude holds however many there are.`;
  }
  const next = when === null ? 'The next look is being computed.' : `The ${which} look comes ${when}.`;
  return `${next} ${looks.planned ?? 'All'} looks share the error probability. ${between}`;
}

/** "when 1 000 units are mature or on 12 Nov 2026, whichever is first". */
function moment(units: number | null, at: string | null): string | null {
  const parts = [
    units === null ? null : `when ${count(units)} units are mature`,
    at === null ? null : `on ${dateTime(at)}`,
  ];
  const given = parts.filter((part) => part !== null);
  if (given.length === 0) return null;
  return given.length === 2 ? `${given.join(' or ')}, whichever is first` : given.join('');
}

function progressSentence({ matureUnits, plannedUnits, plannedEndAt, share }: Progress): string {
  const reached = share === null ? '' : `, ${wholePercent(share)} of the plan`;
  if (plannedUnits !== null) return `${count(matureUnits)} of ${count(plannedUnits)} units are mature${reached}`;
  if (plannedEndAt !== null && share !== null)
    return `${wholePercent(share)} of the planned time has passed; ${count(matureUnits)} units are mature`;
  return `${count(matureUnits)} units are mature`;
}

function precisionOf({ matureUnits, forecast }: Progress, { plan }: Phase): LookPlan['precision'] {
  const needed = forecast?.unitsNeeded;
  if (!needed || plan.minimumEffect === null) return null;
  const share = Math.min(1, matureUnits / needed);
  return {
    share,
    text: `Wanted precision, for an effect of ${percentOf(plan.minimumEffect)}: ${wholePercent(share)} reached`,
  };
}

/** "about 3.2 days left"; without a rate "800 units left". */
function leftOf({ forecast }: Progress): string | null {
  if (!forecast || forecast.unitsLeft === null || forecast.unitsLeft === 0) return null;
  const { unitsLeft, daysLeft } = forecast;
  if (daysLeft === null) return `${count(unitsLeft)} units left`;
  return daysLeft < 1 ? 'less than a day left' : `about ${daysText(daysLeft)} days left`;
}

const marksOf = ({ plan }: Phase): number[] =>
  plan.design === 'group_sequential' && plan.looks !== null
    ? Array.from({ length: plan.looks - 1 }, (_, place) => (place + 1) / (plan.looks ?? 1))
    : [];

/** Numbers behind the forecast, each with its unit. */
function outlookOf({ forecast, plannedEndAt }: Progress): [string, string][] {
  if (!forecast) return [];
  const { minimumDetectableEffect, unitsNeeded, unitsLeft, daysLeft, conditionalPower } = forecast;
  const facts: [string, string | null][] = [
    ['Smallest effect it can find', minimumDetectableEffect === null ? null : percentOf(minimumDetectableEffect)],
    ['Units needed for the planned effect', unitsNeeded === null ? null : count(unitsNeeded)],
    ['Units still to come', unitsLeft === null ? null : count(unitsLeft)],
    ['Planned end', plannedEndAt === null ? null : dateTime(plannedEndAt)],
    ['Days left at the present rate', daysLeft === null || daysLeft === 0 ? null : daysText(daysLeft)],
    ['Chance of a conclusion at the last look', conditionalPower === null ? null : chanceText(conditionalPower)],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}

/** No chance is 100 %, and none is 0 %. */
const chanceText = (chance: number): string =>
  chance > 0.99 ? `above ${wholePercent(0.99)}` : chance < 0.01 ? `below ${wholePercent(0.01)}` : wholePercent(chance);

const daysText = (days: number): string => (days < 1 ? 'less than 1' : plain(days, days < 10 ? 1 : 0));
