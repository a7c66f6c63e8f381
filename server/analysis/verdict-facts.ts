import type { HealthItem, MetricReport, Report } from '../contract/report-contract.ts';
import type { Concluded } from './comparison-sentences.ts';
import { LEAST_UNITS, planReached } from './look-clock.ts';

export interface VerdictInput {
  state: Report['experiment']['state'];
  phase: Report['phase'];
  progress: Report['progress'];
  health: HealthItem[];
  metrics: MetricReport[];
  /** Units that count, mature or not. */
  units: number;
}

/** What the rows of the table ask. */
export interface VerdictFacts extends VerdictInput {
  alarms: HealthItem[];
  /** Warnings that touch the tests themselves. */
  doubts: HealthItem[];
  /** Where the looks stand: none taken; some, with more to come or none that decides; the deciding one. */
  stage: 'none' | 'interim' | 'final';
  /** Whether a look is still to come. */
  more: boolean;
  /** Guardrails that got worse, and not within their margin. */
  failed: Concluded[];
  /** Primary comparisons with a test. */
  primary: Concluded[];
  /** Challengers that are worse in a primary metric. */
  worse: string[];
  challengers: string[];
  /** The largest gain of a challenger that is worse in no primary metric. */
  best: Concluded | undefined;
  /** The best one's guardrails that are shown to be within their margin. */
  held: Concluded[];
  /** Names of the best one's guardrails that have too little data, or are not shown within their margin. */
  unproven: string[];
}

export function factsOf(input: VerdictInput): VerdictFacts {
  const { health, metrics } = input;
  const concluded: Concluded[] = metrics.flatMap((metric) =>
    metric.comparisons
      .filter((each) => each.status === 'look' || each.status === 'final')
      .map((each) => ({ ...each, metric })),
  );
  const primary = concluded.filter((each) => each.metric.role === 'primary');
  const challengers = [...new Set(primary.map((each) => each.variant))];
  const worse = challengers.filter((one) =>
    primary.some((each) => each.variant === one && direction(each) === 'worse'),
  );
  const best = bestOf(primary.filter((each) => !worse.includes(each.variant) && direction(each) === 'better'));
  const more = lookToCome(input);
  return {
    ...input,
    alarms: health.filter((each) => each.status === 'alarm'),
    doubts: health.filter(
      (each) => each.status === 'warning' && (each.check === 'late_outcomes' || each.check === 'skewness'),
    ),
    stage: stageOf(input, more),
    more,
    failed: concluded.filter(
      (each) => each.metric.role === 'guardrail' && direction(each) === 'worse' && each.margin?.nonInferior !== true,
    ),
    primary,
    worse,
    challengers,
    best,
    held: concluded.filter(
      (each) => each.metric.role === 'guardrail' && each.variant === best?.variant && each.margin?.nonInferior === true,
    ),
    unproven: best ? unprovenGuardrails(metrics, best.variant) : [],
  };
}

function stageOf({ phase, progress }: VerdictInput, more: boolean): VerdictFacts['stage'] {
  if (!progress?.lookAt) return 'none';
  const { planned, final } = progress.looks;
  // Nothing is planned in an always-valid design: its last look decides when the phase has ended.
  return final || (planned === null && phase?.state === 'ended' && !more) ? 'final' : 'interim';
}

function lookToCome({ phase, progress, units }: VerdictInput): boolean {
  if (!phase || !progress) return true;
  const { looks, matureUnits } = progress;
  if (looks.final) return false;
  if (phase.state !== 'ended' || phase.assignment === 'external') return true;
  if (looks.planned === null) return matureUnits < units && units >= LEAST_UNITS;
  const seconds = (Date.parse(phase.endedAt ?? '') - Date.parse(phase.startedAt ?? '')) / 1000;
  return planReached(phase.plan, { seconds, units });
}

/** No data about a guardrail is never a pass, nor is a margin that is not shown. */
function unprovenGuardrails(metrics: MetricReport[], variant: string): string[] {
  return metrics
    .filter((metric) => metric.role === 'guardrail')
    .filter((metric) =>
      metric.comparisons.some(
        (each) => each.variant === variant && (each.status === 'insufficient' || each.margin?.nonInferior === false),
      ),
    )
    .map((metric) => `"${metric.name}"`);
}

/** Largest gain in the first primary metric that has one. */
function bestOf(winners: Concluded[]): Concluded | undefined {
  const metric = winners[0]?.metric.key;
  const gain = (each: Concluded) => Math.abs(each.difference?.estimate ?? 0);
  return winners.filter((each) => each.metric.key === metric).sort((a, b) => gain(b) - gain(a))[0];
}

function direction(each: Concluded): 'better' | 'worse' | 'unclear' {
  if (!each.significant || !each.difference) return 'unclear';
  const { estimate, interval } = each.difference;
  // What was concluded at an earlier always-valid look stays, and its side is that of the values left, not of the estimate.
  const up = interval && interval.lower > 0 ? true : interval && interval.upper < 0 ? false : estimate > 0;
  if (up !== (each.metric.direction === 'increase')) return 'worse';
  return up === estimate > 0 ? 'better' : 'unclear';
}
