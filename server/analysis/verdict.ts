import type { HealthItem, MetricReport, Report, Verdict } from '../contract/report-contract.ts';
import { count, list, NARROW_SPACE, percent, pPhrase, quantity, signedPercent } from './phrases.ts';

export interface VerdictInput {
  state: Report['experiment']['state'];
  phase: Report['phase'];
  progress: Report['progress'];
  health: HealthItem[];
  metrics: MetricReport[];
  /** Units that count, mature or not. */
  units: number;
}

type Final = MetricReport['comparisons'][number] & { metric: MetricReport };

/**
 * What the report advises, and why. First row that fits: a failed guardrail, then trouble with the data, then too
 * little to say, then significance at the one final look (docs/methods/verdict.md).
 */
export function verdictOf(input: VerdictInput): Verdict {
  if (!input.phase) {
    return say('not_started', 'Not started: nobody is assigned yet.', ['Start it to begin assignment.']);
  }
  const finals = input.metrics.flatMap((metric) =>
    metric.comparisons.filter((each) => each.status === 'final').map((each) => ({ ...each, metric })),
  );
  const harmed = finals.filter((each) => each.metric.role === 'guardrail' && direction(each) === 'worse');
  const alarms = input.health.filter((each) => each.status === 'alarm');
  if (harmed.length > 0) return guardrailFailed(harmed, alarms);
  if (alarms.length > 0) {
    return say(
      'invalid',
      `Do not use these numbers: ${alarms[0]?.sentence ?? ''}`,
      alarms.map((each) => each.sentence),
    );
  }
  if (input.progress?.lookAt) return concluded(finals, input.metrics);
  return unfinished(input);
}

function unfinished({ state, phase, progress, units }: VerdictInput): Verdict {
  if (phase?.assignment === 'external') {
    return phase.state === 'ended'
      ? say('keep_running', 'The final numbers are being computed.', ['This takes a few seconds.'])
      : say(
          'keep_running',
          'Assignments are being imported; the one final look comes when the experiment is concluded.',
          [],
        );
  }
  const planned = progress?.plannedUnits ?? null;
  if (phase?.state === 'ended' && planned !== null && units >= planned) {
    return say(
      'keep_running',
      'Assignment has ended; the one final look comes when the windows of its units have closed.',
      [],
    );
  }
  if (phase?.state === 'ended') {
    return say('insufficient', 'Stopped before its planned end, so there is no conclusion.', [
      'A test of fixed length answers only at its planned time: stopping earlier, when the numbers look good, finds differences that are not there.',
    ]);
  }
  const reasons = ['The numbers below are live and not for decisions: they will still move.'];
  if (state === 'paused') reasons.unshift('The experiment is paused: everyone gets the champion.');
  return say('keep_running', `Keep running: ${progressPhrase(progress)}.`, reasons);
}

function progressPhrase(progress: Report['progress']): string {
  if (!progress) return 'no unit has been exposed yet';
  if (progress.plannedUnits !== null) {
    return `${count(progress.matureUnits)} of ${count(progress.plannedUnits)} planned units are complete`;
  }
  return `the one final look comes at ${progress.plannedEndAt?.slice(0, 16).replace('T', ' ') ?? 'its planned end'} UTC`;
}

function guardrailFailed(harmed: Final[], alarms: HealthItem[]): Verdict {
  const names = list([...new Set(harmed.map((each) => `"${each.variant}"`))]);
  return say('do_not_ship', `Do not ship ${names}: a guardrail got worse.`, [
    ...harmed.map((each) => describe(each)),
    ...alarms.map((each) => each.sentence),
  ]);
}

function concluded(finals: Final[], metrics: MetricReport[]): Verdict {
  const primary = finals.filter((each) => each.metric.role === 'primary');
  if (primary.length === 0) {
    const missing = metrics
      .flatMap((metric) => metric.comparisons.map((each) => each.missing))
      .filter((each) => each !== null);
    return say('insufficient', 'Too little data to say anything.', [...new Set(missing)]);
  }
  const variants = [...new Set(primary.map((each) => each.variant))];
  const worse = variants.filter((one) => primary.some((each) => each.variant === one && direction(each) === 'worse'));
  const better = variants.filter(
    (one) => !worse.includes(one) && primary.some((each) => each.variant === one && direction(each) === 'better'),
  );
  const reasons = primary.map((each) => describe(each));
  const best = bestOf(primary.filter((each) => better.includes(each.variant) && direction(each) === 'better'));
  const unsafe = best ? untestedGuardrails(metrics, best.variant) : [];
  if (best && unsafe.length > 0) {
    return say('look_closer', `Look closer: "${best.variant}" did better, but ${list(unsafe)} cannot be judged yet.`, [
      ...reasons,
      'No data about a guardrail is never a pass: collect more, or look at it by hand.',
    ]);
  }
  if (best) return say('ship', `Ship "${best.variant}": ${headline(best)}`, reasons);
  if (worse.length === variants.length) {
    return say(
      'do_not_ship',
      `Do not ship: ${list(worse.map((each) => `"${each}"`))} did worse than "${primary[0]?.control ?? ''}".`,
      reasons,
    );
  }
  if (worse.length > 0)
    return say(
      'look_closer',
      `Look closer: ${list(worse.map((each) => `"${each}"`))} did worse, the rest shows no difference.`,
      reasons,
    );
  return say('look_closer', `No difference from "${primary[0]?.control ?? ''}" was shown.`, [
    ...reasons,
    'The intervals say which differences remain possible; decide by cost, or plan a larger test.',
  ]);
}

/** Guardrails that say nothing about a variant: too little data. */
function untestedGuardrails(metrics: MetricReport[], variant: string): string[] {
  return metrics
    .filter((each) => each.role === 'guardrail')
    .filter((each) => each.comparisons.some((one) => one.variant === variant && one.status === 'insufficient'))
    .map((each) => `"${each.name}"`);
}

/** Largest gain in the first primary metric that has one. */
function bestOf(winners: Final[]): Final | undefined {
  const metric = winners[0]?.metric.key;
  const gain = (each: Final) => Math.abs(each.difference?.estimate ?? 0);
  return winners.filter((each) => each.metric.key === metric).sort((a, b) => gain(b) - gain(a))[0];
}

function direction(each: Final): 'better' | 'worse' | 'unclear' {
  if (!each.significant || !each.difference) return 'unclear';
  const up = each.difference.estimate > 0;
  return up === (each.metric.direction === 'increase') ? 'better' : 'worse';
}

/** "it moves Voted from 29.7 % to 37.8 % (+27.4 %, p < 1e-214)." */
function headline(each: Final): string {
  const { metric } = each;
  const show = metric.kind === 'proportion' ? percent : quantity;
  const value = (variant: string) => metric.variants.find((one) => one.variant === variant)?.value ?? 0;
  const verb = (each.difference?.estimate ?? 0) > 0 ? 'raises' : 'lowers';
  const lift = each.relative?.estimate == null ? '' : `${signedPercent(each.relative.estimate)}, `;
  return `it ${verb} "${metric.name}" from ${show(value(each.control))} to ${show(value(each.variant))} (${lift}${tested(each)}).`;
}

function tested(each: Final): string {
  const p = each.adjustedPValue ?? each.pValue ?? 1;
  return pPhrase(p, each.adjustedPValue ? Math.log10(each.adjustedPValue) : each.log10P);
}

/** "Voted: 29.7 % → 37.8 %, +8.1 pp (7.6 to 8.7), p < 1e-199." */
function describe(each: Final): string {
  const { metric, difference } = each;
  const value = (variant: string) => metric.variants.find((one) => one.variant === variant)?.value ?? null;
  const [from, to] = [value(each.control), value(each.variant)];
  if (!difference || from === null || to === null)
    return `${metric.name} in "${each.variant}": ${each.missing ?? 'too little data'}`;
  const show = metric.kind === 'proportion' ? percent : quantity;
  const change =
    metric.kind === 'proportion'
      ? `${points(difference.estimate)}${NARROW_SPACE}pp (${range(difference.interval, points)})`
      : `${difference.estimate > 0 ? '+' : ''}${quantity(difference.estimate)} (${range(difference.interval, quantity)})`;
  const lift = each.relative?.estimate == null ? '' : `, ${signedPercent(each.relative.estimate)}`;
  return `${metric.name} in "${each.variant}": ${show(from)} → ${show(to)}, ${change}${lift}, ${tested(each)}.`;
}

function range(interval: { lower: number; upper: number } | null, show: (value: number) => string): string {
  return interval ? `${show(interval.lower)} to ${show(interval.upper)}` : 'anything is still possible';
}

function points(difference: number): string {
  const value = difference * 100;
  const digits = Math.abs(value) >= 1 || value === 0 ? 1 : Math.min(5, 1 - Math.floor(Math.log10(Math.abs(value))));
  return `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value).toFixed(digits)}`;
}

function say(kind: Verdict['kind'], sentence: string, reasons: string[]): Verdict {
  return { kind, sentence, reasons };
}
