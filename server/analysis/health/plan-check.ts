import type { HealthItem } from '../../contract/report-contract.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { plannedLooks, planReached } from '../look-clock.ts';
import { readLooks, type StoredLook } from '../look-result.ts';
import { oneOf, percent } from '../phrases.ts';
import type { ReportRows } from '../report-store.ts';

/** A look is late when it comes more than a step after its place in the plan: units mature in batches. */
const LATE_STEPS = 1;

/** Whether looks and end were those of the plan: a stop because of what was seen makes errors likelier. */
export function planCheck(phase: PhaseRow, rows: ReportRows): HealthItem {
  const planned = plannedLooks(phase);
  const looks = readLooks(rows.looks);
  const taken = looks.at(-1)?.number ?? 0;
  const item = (status: HealthItem['status'], sentence: string): HealthItem => ({
    check: 'plan',
    status,
    sentence,
    numbers: { looksTaken: new Set(looks.map((each) => each.number)).size, looksPlanned: planned },
    causes: [],
  });
  if (planned === null) return item('ok', 'Looks may come at any time: the bounds hold however often one looks.');
  const name = planned === 1 ? 'the one planned look' : `look ${taken} of ${planned}`;
  if (phase.state === 'ended' && taken < planned) {
    if (isReached(phase, rows))
      return item('waiting', 'The plan was kept; its last look follows when the units are mature.');
    if (looks.some((each) => each.number === taken && hasCrossed(each))) {
      return item('ok', `It ended after ${name}, which had crossed its bound: as planned.`);
    }
    return item('warning', taken === 0 ? endedBeforeAnyLook(planned) : endedUncrossed(phase, name, looks));
  }
  const late = latest(phase, looks, planned);
  if (late) {
    return item(
      'warning',
      `Look ${late.number} of ${planned} came late, at ${percent(late.share)} of the plan instead of ${percent(late.number / planned)}. Its bound follows the time at which it was taken, so what it concluded holds. Either many units matured at once, or the server was stopped.`,
    );
  }
  return item(
    'ok',
    taken === 0 ? 'No look is due yet.' : `Looks were taken as planned: ${Math.min(taken, planned)} of ${planned}.`,
  );
}

function endedBeforeAnyLook(planned: number): string {
  return `It ended before ${planned === 1 ? 'its planned look' : `the first of ${planned} planned looks`}: there is no conclusion, and what the numbers show by then is none.`;
}

function endedUncrossed(phase: PhaseRow, name: string, looks: StoredLook[]): string {
  const last = looks.at(-1)?.at.getTime() ?? 0;
  const hours = Math.max(0, ((phase.endedAt?.getTime() ?? last) - last) / 3_600_000);
  const after = hours < 48 ? oneOf(Math.round(hours), 'hour', 'hours') : oneOf(Math.round(hours / 24), 'day', 'days');
  return `It ended ${after} after ${name}, which had not crossed its bound, and before the plan was done. To stop because of what a look shows makes errors likelier: run it to its end, or plan an always-valid design.`;
}

/** Of a primary metric or a guardrail, for better or worse: then a plan may end. */
function hasCrossed({ result }: StoredLook): boolean {
  return result.role !== 'secondary' && result.comparison.significant === true;
}

function isReached(phase: PhaseRow, rows: ReportRows): boolean {
  if (phase.assignment === 'external') return true;
  const units = rows.counts.reduce((sum, each) => sum + each.units - each.mixed, 0);
  const seconds = ((phase.endedAt?.getTime() ?? 0) - (phase.startedAt?.getTime() ?? 0)) / 1000;
  return planReached(phase.plan, { seconds, units });
}

/** The planned look that came latest after its place, if one came too late. */
function latest(phase: PhaseRow, looks: StoredLook[], planned: number): { number: number; share: number } | null {
  if (phase.assignment === 'external') return null;
  const found = looks
    .filter((each) => each.number <= planned)
    .map((look) => ({ number: look.number, share: shareAt(phase, look) }))
    .filter(({ number, share }) => share - number / planned > LATE_STEPS / planned);
  return found[0] ?? null;
}

function shareAt(phase: PhaseRow, { at, result }: StoredLook): number {
  const { units, durationSeconds } = phase.plan;
  const seconds = (at.getTime() - (phase.startedAt?.getTime() ?? at.getTime())) / 1000;
  return Math.max(units === null ? 0 : result.mature / units, durationSeconds === null ? 0 : seconds / durationSeconds);
}
