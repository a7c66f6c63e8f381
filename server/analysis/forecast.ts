import { conditionalPower } from '../../stats/index.ts';
import type { Report } from '../contract/report-contract.ts';
import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import { KEPT_POINTS } from '../rollup/point-seconds.ts';
import { armsOf, matureUnits, type ReportMetric } from './arms.ts';
import { armValue } from './compare/arm-value.ts';
import { compareArms } from './compare-arms.ts';
import { exposureSeconds } from './exposure-points.ts';
import { forecastSentence } from './forecast-sentence.ts';
import { effectFor, sampleInflation, unitsFor } from './forecast-sizes.ts';
import { plannedRule } from './look-bounds.ts';
import { type LookClock, plannedLooks } from './look-clock.ts';
import type { StoredLook } from './look-result.ts';
import type { ReportRows } from './report-store.ts';

type Forecast = NonNullable<NonNullable<Report['progress']>['forecast']>;

const POWER = 0.8;
const DAY_MS = 86_400_000;
const RATE_DAYS = 7;

interface ForecastInput {
  row: ExperimentRow;
  current: PhaseRow;
  rows: ReportRows;
  looks: StoredLook[];
  clock: LookClock;
  now: Date;
}

/** What the first primary metric's comparison with the largest error says of the units to come. */
interface Seen {
  metric: ReportMetric;
  variantId: number;
  /** Size of the control's value, to which effects are relative; 1/2 for ranks. */
  control: number;
  /** Units over all variants. */
  total: number;
  /** n_A n_B / (n_A + n_B). */
  information: number;
  /** Units of the control, and of the challenger for each of them. */
  units: number;
  ratio: number;
  /** Of one unit, as the comparison's error implies it: what covariates or clusters do to it is in it. */
  deviation: number;
}

/** Beyond this an experiment is out of reach, as where the control's value is next to 0. */
const MOST_UNITS = 1e12;

/** Samples and days left, while further planned looks or always-valid ones can come; null when nothing can be said. */
export function forecastOf(input: ForecastInput): Forecast | null {
  const { row, current, clock, looks } = input;
  const planned = plannedLooks(current);
  if (current.state !== 'running' || current.assignment === 'external') return null;
  if (planned !== null && (looks.at(-1)?.number ?? 0) >= planned) return null;
  const seen = clock.mature > 0 ? seenOf(input) : null;
  if (!seen) return null;
  const { minimumEffect, units: plannedUnits } = current.plan;
  // Holm's first share over the primary comparisons
  const alpha = (1 - current.plan.level) / primaryComparisons(row, current);
  const inflation = sampleInflation(current.plan, alpha, POWER);
  const perDay = unitsPerDay(input);
  const end = unitsAtEnd(input, perDay);
  const effect = minimumEffect === null ? null : minimumEffect * seen.control;
  const test = { alpha, power: POWER };
  const needed =
    effect === null ? null : Math.ceil(unitsFor(seen, effect, test) * inflation * (seen.total / seen.units));
  const unitsNeeded = needed === null || needed > MOST_UNITS ? null : needed;
  const growth = end === null ? null : end / clock.mature;
  const target = unitsNeeded ?? plannedUnits;
  const unitsLeft = target === null ? null : Math.max(0, target - clock.mature);
  const forecast = {
    metric: seen.metric.key,
    minimumDetectableEffect:
      growth === null ? null : (effectFor(seen, seen.units * growth, test) * Math.sqrt(inflation)) / seen.control,
    unitsNeeded,
    unitsLeft,
    daysLeft: unitsLeft === null ? null : unitsLeft === 0 ? 0 : perDay > 0 ? unitsLeft / perDay : null,
    conditionalPower: effect === null || growth === null ? null : powerLeft(input, seen, growth, effect, alpha),
  };
  return { ...forecast, sentence: forecastSentence(forecast, seen.metric.name, current) };
}

function primaryComparisons(row: ExperimentRow, current: PhaseRow): number {
  return Math.max(1, row.metrics.filter((each) => each.role === 'primary').length * (current.split.length - 1));
}

function seenOf({ row, current, rows }: ForecastInput): Seen | null {
  const metric = row.metrics.find((each) => each.role === 'primary');
  if (!metric) return null;
  const arms = armsOf(metric, current, rows);
  const control = arms.find((each) => each.control);
  if (!control) return null;
  const base = armValue(metric, control, rows);
  const size = metric.kind === 'rank' ? 0.5 : Math.abs(base.value ?? 0);
  if (size === 0 || base.units < 2) return null;
  const found = arms.flatMap((arm): Seen[] => {
    if (arm.control) return [];
    const { comparison } = compareArms({
      ...{ metric, control, arm, rows, phase: current, occasion: 'reading' },
      level: current.plan.level,
    });
    const { units } = armValue(metric, arm, rows);
    const error = comparison.difference?.standardError;
    if (!error || units < 2) return [];
    const information = (base.units * units) / (base.units + units);
    const shared = { metric, variantId: arm.variantId, control: size, total: matureUnits(arms), information };
    return [{ ...shared, units: base.units, ratio: units / base.units, deviation: error * Math.sqrt(information) }];
  });
  const error = (each: Seen) => each.deviation * Math.sqrt(1 + 1 / each.ratio);
  return found.sort((a, b) => error(b) - error(a))[0] ?? null;
}

/** New units a day, over the last seven days or since the start. Of a merged cohort that began before, its share counts. */
function unitsPerDay({ current, rows, now }: ForecastInput): number {
  const week = now.getTime() - RATE_DAYS * DAY_MS;
  const since = Math.max(week, current.startedAt?.getTime() ?? now.getTime());
  const stepMs = 1000 * exposureSeconds(current, rows, KEPT_POINTS);
  const share = (at: number) => (since > week ? 1 : Math.min(1, Math.max(0, (at + stepMs - since) / stepMs)));
  const units = rows.cohorts.reduce((sum, each) => sum + each.units * share(each.at.getTime()), 0);
  const days = (now.getTime() - since) / DAY_MS;
  return days > 0 ? units / days : 0;
}

/** Mature units at the planned end: as planned, or at the rate of now. null without an end. */
function unitsAtEnd({ current, clock, now }: ForecastInput, perDay: number): number | null {
  const { units, durationSeconds } = current.plan;
  if (units !== null && (durationSeconds === null || perDay === 0)) return Math.max(units, clock.mature);
  if (durationSeconds === null || !current.startedAt || perDay === 0) return null;
  const days = (current.startedAt.getTime() + durationSeconds * 1000 - now.getTime()) / DAY_MS;
  const byTime = clock.mature + Math.max(0, days) * perDay;
  return Math.max(clock.mature, units === null ? byTime : Math.min(units, byTime));
}

/** The chance of a conclusion at the last look if the planned effect is real, given the last look. */
function powerLeft({ current, looks }: ForecastInput, seen: Seen, growth: number, effect: number, alpha: number) {
  const own = looks.filter(({ result }) => result.metricId === seen.metric.id && result.variantId === seen.variantId);
  const last = own.at(-1)?.result;
  if (current.plan.design !== 'group_sequential' || !last || last.z === null || last.information === 0) return null;
  const end = seen.information * growth;
  if (last.information >= end * (1 - 1e-6)) return null;
  const counted = own.filter(
    ({ result }, k) => result.information > (own[k - 1]?.result.information ?? 0) * (1 + 1e-5),
  );
  const information = [...counted.map(({ result }) => result.information), end];
  const times = [...counted.map(({ result }) => result.comparison.look?.spendingTime ?? 0), 1];
  const { planned } = conditionalPower({
    z: seen.metric.direction === 'increase' ? last.z : -last.z,
    t: last.information / end,
    critical: plannedRule(information, times).criticalZ(alpha),
    drift: (effect * Math.sqrt(end)) / seen.deviation,
  });
  return planned;
}
