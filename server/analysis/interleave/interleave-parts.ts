import type { InterleaveMetric, InterleaveReport, PreferenceComparison } from '../../contract/interleave-contract.ts';
import { latenessOf } from '../../experiments/lateness.ts';
import type { ReportMetric } from '../arms.ts';
import { pending } from '../health/pending-check.ts';
import type { ModeInput, ModeParts } from '../mode-parts.ts';
import { oneOf } from '../phrases.ts';
import { interleaveGate, interleaveVerdict } from './interleave-gate.ts';
import { degradedCheck, draftCheck } from './interleave-health.ts';
import { readInterleaveLooks } from './interleave-look.ts';
import { creditable, notCreditable, ruleOf } from './interleave-plan.ts';
import type { ImpressionSums, MetricSums } from './interleave-result.ts';
import { comparePreferences } from './preference-comparison.ts';
import type { InterleaveRows } from './read-interleave-rows.ts';

const NOTHING: ImpressionSums = { asOf: '', units: 0, total: 0, degraded: [], teams: [], uneven: [] };

/** What an interleave phase says for itself. */
export function interleaveParts(input: ModeInput, { stored }: InterleaveRows): ModeParts {
  const { current, rows, now } = input;
  const drafts = stored?.drafts ?? NOTHING;
  const delivery = interleaveReportOf(input, drafts, stored);
  const health = [draftCheck(drafts), degradedCheck(drafts), pending(rows, current, now)];
  const champion = current.split.find(({ control }) => control)?.variant ?? '';
  const gate = interleaveGate(delivery, champion, health);
  return { delivery, gate, health, verdict: interleaveVerdict(delivery, gate, health) };
}

function interleaveReportOf(
  { row, current, rows }: ModeInput,
  drafts: ImpressionSums,
  stored: InterleaveRows['stored'],
): InterleaveReport {
  const looks = readInterleaveLooks(rows.looks);
  const rule = ruleOf(current, drafts.units, looks);
  const all = creditable(row).flatMap((metric) => {
    const sums = stored?.metrics.get(metric.id);
    return sums ? [{ metric, sums }] : [];
  });
  // What a look concluded stands; without one the numbers are those so far.
  const live = looks ? null : comparePreferences(all, { ...rule, atLook: false });
  const metrics = all.map(({ metric, sums }) => {
    const comparisons = live?.get(metric.id) ?? looks?.ofMetric(metric.id).map(({ comparison }) => comparison) ?? [];
    return metricOf(metric, sums, comparisons, latenessOf(metric, current, row));
  });
  const lost = drafts.degraded.reduce((sum, { impressions }) => sum + impressions, 0);
  return {
    mode: 'interleave',
    sentence: sentenceOf(metrics, drafts),
    computedAt: stored?.computedAt.toISOString() ?? null,
    decidedBy: rule.decidedBy,
    look: lookOf(current, looks),
    impressions: { total: drafts.total, degraded: lost },
    units: drafts.units,
    degraded: drafts.degraded.map((each) => ({ ...each, share: each.impressions / drafts.total })),
    teams: drafts.teams.map(({ variant, firstPicks, items }) => ({
      variant,
      firstPicks,
      itemsPerImpression: drafts.total > lost ? items / (drafts.total - lost) : null,
    })),
    metrics,
    examples: examplesOf(row, drafts),
    notCompared: row.metrics.flatMap((metric) => {
      const reason = notCreditable(metric);
      return reason === null ? [] : [{ key: metric.key, reason }];
    }),
  };
}

function examplesOf(row: ModeInput['row'], { examples = [] }: ImpressionSums): InterleaveReport['examples'] {
  const metrics = creditable(row);
  return examples.map(({ at, length, items }) => ({
    at,
    length,
    items: items.map(({ id, team, contested, earned }) => ({
      id,
      variant: team,
      contested,
      outcomes: metrics.filter(({ measureId }) => earned.includes(measureId)).map(({ key }) => key),
    })),
  }));
}

function lookOf(
  { plan, startedAt, state }: ModeInput['current'],
  looks: ReturnType<typeof readInterleaveLooks>,
): InterleaveReport['look'] {
  const isDue = looks === null && state === 'running';
  const dueAt =
    isDue && plan.durationSeconds !== null && startedAt
      ? new Date(startedAt.getTime() + plan.durationSeconds * 1000).toISOString()
      : null;
  return {
    at: looks?.at.toISOString() ?? null,
    planned: looks?.planned ?? null,
    dueUnits: isDue ? plan.units : null,
    dueAt,
  };
}

function metricOf(
  metric: ReportMetric,
  { units, impressions, positions }: MetricSums,
  comparisons: PreferenceComparison[],
  latenessSeconds: number,
): InterleaveMetric {
  const { key, name, role, direction, outcome, windowSeconds } = metric;
  return {
    ...{ key, name, role, direction, outcome, windowSeconds, latenessSeconds, units, impressions, positions },
    kind: metric.kind === 'mean' ? 'mean' : 'proportion',
    sentence: comparisons.map(({ sentence }) => sentence).join(' ') || waiting(units.open),
    comparisons,
  };
}

const waiting = (open: number) =>
  open === 0
    ? 'No unit has seen a mixed list yet.'
    : `No unit is complete yet: ${oneOf(open, 'unit waits', 'units wait')} for further impressions or open windows.`;

/** The primary metric's, or what is missing. */
function sentenceOf(metrics: InterleaveMetric[], { total }: ImpressionSums): string {
  if (total === 0) return 'No impression has come yet: rank() sends one for each list shown.';
  const first = metrics.find(({ role }) => role === 'primary') ?? metrics[0];
  return first?.sentence ?? 'No metric of this experiment can be credited to items.';
}
