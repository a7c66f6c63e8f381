import type { Phase } from '../../server/contract/catalog.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { count, dateTime, wholePercent } from '../format.ts';

export type LookPlan = { title: string; when: string; progress: string; share: number | null };

/** What is known about the one final look while it is still to come; null when there is nothing to say. */
export function lookPlan(report: Report): LookPlan | null {
  const { progress, metrics, phase } = report;
  if (!progress || !phase) return null;
  const live = metrics.some((metric) => metric.comparisons.some((comparison) => comparison.status === 'live'));
  if (!live && progress.lookAt) return null;
  if (!live && phase.state === 'ended' && phase.assignment === 'hash') return null;
  return {
    title: live ? 'Live numbers \u2014 not for decisions' : 'The final look is still to come',
    when: whenSentence(progress, phase),
    progress: progressSentence(progress),
    share: progress.share,
  };
}

type Progress = NonNullable<Report['progress']>;

const peeking = 'Looking earlier finds differences that are not there.';

function whenSentence({ plannedUnits, plannedEndAt, lookAt }: Progress, { state, assignment }: Phase): string {
  if (lookAt) return `The one final look was taken ${dateTime(lookAt)}; what is marked live here is not part of it.`;
  if (assignment === 'external') {
    return state === 'ended'
      ? 'The one final look is being computed; this takes a few seconds.'
      : `Assignments come from elsewhere, so the one final look is taken when the experiment is concluded. ${peeking}`;
  }
  if (state === 'ended') return 'It ended before its final look, so these numbers will not become final.';
  const units = plannedUnits === null ? null : `when ${count(plannedUnits)} units are mature`;
  const end = plannedEndAt === null ? null : `on ${dateTime(plannedEndAt)}`;
  if (units && end) return `The one final look comes ${units} or ${end}, whichever is first. ${peeking}`;
  if (units || end) return `The one final look comes ${units ?? end}. ${peeking}`;
  return 'The plan declares no final look, so these numbers will not become final.';
}

function progressSentence({ matureUnits, plannedUnits, plannedEndAt, share }: Progress): string {
  const reached = share === null ? '' : `, ${wholePercent(share)} of the plan`;
  if (plannedUnits !== null) return `${count(matureUnits)} of ${count(plannedUnits)} units are mature${reached}`;
  if (plannedEndAt !== null && share !== null)
    return `${wholePercent(share)} of the planned time has passed; ${count(matureUnits)} units are mature`;
  return `${count(matureUnits)} units are mature`;
}
