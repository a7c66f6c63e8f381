import type { CanaryReport } from '../../server/contract/canary-contract.ts';
import type { HistoryEntry } from '../../server/contract/life-cycle-contract.ts';
import type { Phase } from '../../server/contract/phase-contract.ts';
import { type Gap, pauseGaps } from './pause-marks.ts';

/** A stretch with one share; `step` is null where everyone got the champion. */
export type RampStretch = { from: Date; to: Date; share: number; step: number | null };

export type RampSeries = {
  past: RampStretch[];
  /** What comes next at the planned pace, as far as it has room. */
  next: RampStretch[];
  paused: Gap[];
  held: (Gap & { reason: string })[];
  rolledBack: Date | null;
  /** Until when something is known. */
  known: Date;
  nextCheck: Date | null;
  span: readonly [Date, Date];
};

type Input = {
  canary: Pick<CanaryReport, 'history' | 'rolledBack' | 'decision' | 'plan' | 'step' | 'share'>;
  phase: Pick<Phase, 'pauses' | 'endedAt' | 'hold' | 'state'>;
  moves: readonly HistoryEntry[];
  now: string;
};

/** Of the time that has passed: so much room what is to come gets at most. */
const ROOM_AHEAD = 0.6;

/** The share of the candidate over time: steps, pauses, holds and the rollback, and what comes next. */
export function rampSeries({ canary, phase, moves, now }: Input): RampSeries | null {
  const first = canary.history[0];
  if (!first) return null;
  const start = new Date(first.startedAt);
  const known = new Date(phase.endedAt ?? now);
  const paused = pauseGaps(phase.pauses, start, known);
  const past = canary.history.flatMap((step) => {
    const stretch = {
      from: new Date(step.startedAt),
      to: new Date(step.endedAt ?? known),
      share: step.share,
      step: step.step,
    };
    return split(stretch, paused);
  });
  const ahead = new Date(known.getTime() + Math.max(1000, ROOM_AHEAD * (known.getTime() - start.getTime())));
  const next = phase.state === 'running' && canary.share > 0 ? comingOf(canary, known, ahead) : [];
  const rolledBack = canary.rolledBack ? new Date(canary.rolledBack.at) : null;
  const after = rolledBack ? new Date(known.getTime() + 0.08 * (known.getTime() - start.getTime()) + 1) : known;
  const nextCheck =
    canary.decision.nextCheckAt && phase.state === 'running' ? new Date(canary.decision.nextCheckAt) : null;
  return {
    past: rolledBack ? [...past, { from: known, to: after, share: 0, step: null }] : past,
    next,
    paused,
    held: holdsOf(moves, phase, start, known),
    rolledBack,
    known,
    nextCheck,
    span: [start, next.at(-1)?.to ?? after],
  };
}

/** A pause takes the share to nothing while it lasts. */
function split(stretch: RampStretch, paused: readonly Gap[]): RampStretch[] {
  const parts: RampStretch[] = [];
  let from = stretch.from;
  for (const gap of paused) {
    if (gap.to <= from || gap.from >= stretch.to) continue;
    if (gap.from > from) parts.push({ ...stretch, from, to: gap.from });
    const to = gap.to < stretch.to ? gap.to : stretch.to;
    parts.push({ from: gap.from > from ? gap.from : from, to, share: 0, step: null });
    from = to;
  }
  if (from < stretch.to) parts.push({ ...stretch, from, to: stretch.to });
  return parts;
}

/** The present step until its check, then the planned times of those that follow. */
function comingOf({ decision, plan, step, share }: Input['canary'], known: Date, edge: Date): RampStretch[] {
  const check = decision.nextCheckAt === null ? edge : new Date(decision.nextCheckAt);
  const stretches: RampStretch[] = [{ from: known, to: check > known ? check : known, share, step }];
  for (const each of plan.steps.filter((one) => one.step > step)) {
    const from = stretches.at(-1)?.to ?? known;
    if (decision.nextCheckAt === null || from >= edge) break;
    const to = each.seconds === null ? edge : new Date(from.getTime() + 1000 * each.seconds);
    stretches.push({ from, to, share: each.share, step: each.step });
  }
  return stretches
    .map((each) => ({ ...each, to: each.to < edge ? each.to : edge }))
    .filter(({ from, to }) => from < to);
}

/** Holds that people declared, from the history: newest first there. */
function holdsOf(moves: readonly HistoryEntry[], phase: Input['phase'], start: Date, known: Date): RampSeries['held'] {
  const holds: RampSeries['held'] = [];
  let open: { from: Date; reason: string } | null = null;
  for (const { action, at, detail } of moves.toReversed()) {
    const time = new Date(at);
    if (time < start || time > known) continue;
    if (action === 'experiment.hold') open = { from: time, reason: String(detail.reason ?? '') };
    else if (action === 'experiment.release' && open) {
      holds.push({ ...open, to: time });
      open = null;
    }
  }
  if (open && phase.hold) holds.push({ ...open, to: known });
  return holds;
}
