import type { GateReport } from '../contract/gate-contract.ts';
import type { BriefProgress, Sparkline } from '../contract/home-contract.ts';
import type { HealthItem, Report, Verdict } from '../contract/report-contract.ts';
import { ratioAlarmSince } from './ratio-alarm-since.ts';
import { unitsOf } from './units-of.ts';

/** Of a report what lists and home tell: small, so that it is kept a moment. */
export interface Brief {
  at: Date;
  units: number;
  verdict: Verdict;
  gate: GateReport | null;
  alarms: (HealthItem & { since: string | null })[];
  /** Seconds of events that are not in the numbers yet, when they are too many. */
  lag: { seconds: number; sentence: string } | null;
  progress: BriefProgress | null;
  sparkline: Sparkline | null;
  /** When the last look was written; null before any, and in modes without. */
  lookAt: string | null;
  /** Why a ramp stands still, where it is its controller that keeps it. */
  controllerHolds: string | null;
}

export function briefOf(report: Report): Brief {
  const { delivery, health, verdict, gate, computedAt, progress } = report;
  const late = health.find(({ check, status }) => check === 'pending' && status === 'warning');
  return {
    at: new Date(computedAt),
    units: unitsOf(report),
    verdict,
    gate,
    alarms: health
      .filter(({ status }) => status === 'alarm')
      .map((each) => ({ ...each, since: each.check === 'sample_ratio' ? ratioAlarmSince(report) : null })),
    lag: late ? { seconds: Number(late.numbers.lagSeconds ?? 0), sentence: late.sentence } : null,
    progress: progressOf(report),
    sparkline: sparklineOf(report),
    lookAt: progress?.lookAt ?? (delivery?.mode === 'interleave' ? delivery.look.at : null),
    controllerHolds:
      delivery?.mode === 'canary' && delivery.decision.kind === 'hold' ? delivery.decision.sentence : null,
  };
}

/** How far a phase is on its own scale. */
function progressOf({ progress, delivery, phase, computedAt }: Report): BriefProgress | null {
  if (delivery?.mode === 'canary') {
    const { step, steps, decision } = delivery;
    const done = decision.kind === 'finish' ? steps : step - 1;
    return { share: done / steps, unit: 'steps', done: step, of: steps, daysLeft: null };
  }
  if (delivery?.mode === 'shadow') {
    const of = phase?.shadow?.gate.minimumComparisons ?? null;
    return ofCount('comparisons', delivery.comparisons, of);
  }
  if (progress) {
    const { share, matureUnits, plannedUnits, forecast } = progress;
    const daysLeft = forecast?.daysLeft ?? null;
    if (plannedUnits !== null) return { share, unit: 'units', done: matureUnits, of: plannedUnits, daysLeft };
    const time = byTime(phase, computedAt);
    return time ? { ...time, share, daysLeft } : { share, unit: 'units', done: matureUnits, of: null, daysLeft };
  }
  const planned = phase?.plan.units ?? null;
  if (delivery?.mode === 'interleave' && planned !== null) {
    return ofCount('units', Math.max(0, ...delivery.metrics.map(({ units }) => units.complete)), planned);
  }
  return byTime(phase, computedAt);
}

function ofCount(unit: 'units' | 'comparisons', done: number, of: number | null): BriefProgress {
  return { share: of === null ? null : Math.min(1, done / Math.max(1, of)), unit, done, of, daysLeft: null };
}

function byTime(phase: Report['phase'], now: string): BriefProgress | null {
  const of = phase?.plan.durationSeconds ?? null;
  if (!phase?.startedAt || of === null) return null;
  const done = Math.max(0, Math.min(of, (Date.parse(phase.endedAt ?? now) - Date.parse(phase.startedAt)) / 1000));
  return { share: done / of, unit: 'seconds', done, of, daysLeft: (of - done) / 86_400 };
}

/** Most buckets of the small picture. */
const BUCKETS = 40;

/** How many came over time, up to now: empty buckets are zeros, so that a standstill shows. Null where it is not known. */
export function sparklineOf({ exposures, delivery, computedAt, phase }: Report): Sparkline | null {
  const drift = delivery?.mode === 'shadow' ? delivery.drift : null;
  const points = drift
    ? drift.points.map(({ at, decisions }) => ({ at: Date.parse(at), count: decisions }))
    : exposures.points.map(({ at, units }) => ({ at: Date.parse(at), count: units }));
  if (points.length === 0) return null;
  const times = points.map(({ at }) => at);
  const first = Math.min(...times);
  const end = Math.max(Date.parse(phase?.endedAt ?? computedAt), ...times);
  const fine = (drift?.seconds ?? exposures.bucketSeconds) * 1000;
  const bucket = fine * Math.ceil((end - first + 1) / fine / BUCKETS);
  const counts = Array.from({ length: Math.floor((end - first) / bucket) + 1 }, () => 0);
  for (const { at, count } of points) {
    const place = Math.floor((at - first) / bucket);
    counts[place] = (counts[place] ?? 0) + count;
  }
  return {
    from: new Date(first).toISOString(),
    bucketSeconds: bucket / 1000,
    counts,
    of: drift ? 'decisions' : 'units',
  };
}
