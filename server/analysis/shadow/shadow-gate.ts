import type { GateReport, GateState } from '../../contract/gate-contract.ts';
import type { ShadowReport } from '../../contract/shadow-contract.ts';
import type { ShadowSettings } from '../../db/schema-types.ts';
import { percent, quantity } from '../phrases.ts';
import type { ShadowEstimate } from './shadow-estimate.ts';
import { comparedOf, points, told } from './shadow-sentences.ts';

type Limit = GateReport['limits'][number];

/** Above this share of dropped calls what was compared may not stand for all decisions. */
export const MOST_DROPPED = 0.01;

/**
 * Whether the candidate may be shown to people. Intervals that hold at all times decide, so that it may be asked at any
 * time: pass when the whole interval keeps the limit, fail when none of it does. Fail goes before all else; then trouble
 * with the data, then too little of them.
 */
export function shadowGate(settings: ShadowSettings, report: ShadowReport): GateReport {
  const limits = limitsOf(settings, report);
  const dropped = droppedLimit(report);
  const all = [minimumOf(settings, report), ...(dropped ? [dropped] : []), ...limits];
  const state: GateState = all.some((each) => each.state === 'fail')
    ? 'fail'
    : dropped?.state === 'inconclusive'
      ? 'inconclusive'
      : ((['no_data', 'inconclusive'] as const).find((worse) => all.some((each) => each.state === worse)) ?? 'pass');
  return { state, sentence: gateSentence(state, all), limits: all };
}

function gateSentence(state: GateState, limits: Limit[]): string {
  if (state === 'pass') return 'The candidate keeps every limit: it may go on to the next phase.';
  const deciding = limits.filter((each) => each.state === state).map((each) => each.sentence);
  const start = {
    fail: 'The candidate breaks a limit.',
    inconclusive: 'Neither kept nor broken yet.',
    no_data: 'Too little data yet.',
  }[state];
  return `${start} ${deciding.join(' ')}`;
}

function minimumOf({ gate }: ShadowSettings, { comparisons }: ShadowReport): Limit {
  const enough = comparisons >= gate.minimumComparisons;
  return {
    name: 'comparisons',
    state: enough ? 'pass' : 'no_data',
    sentence: `${comparedOf(comparisons, gate.minimumComparisons)}.`,
  };
}

/** Null while there are no counters: then there is nothing compared either, or a client that keeps none. */
function droppedLimit({ calls: { droppedShare }, comparisons }: ShadowReport): Limit | null {
  if (droppedShare === null) {
    if (comparisons === 0) return null;
    const sentence =
      'How many shadow calls were dropped is not known yet: clients send it once a minute, in `stats` of their batches.';
    return { name: 'dropped', state: 'no_data', sentence };
  }
  const share = `${percent(droppedShare)} of shadow calls were dropped (at most ${percent(MOST_DROPPED)})`;
  return droppedShare > MOST_DROPPED
    ? {
        name: 'dropped',
        state: 'inconclusive',
        sentence: `${share}: what was compared may not stand for all decisions. Raise maxInFlight or lower the share.`,
      }
    : { name: 'dropped', state: 'pass', sentence: `${share}.` };
}

function limitsOf({ gate, referenceShare }: ShadowSettings, report: ShadowReport): Limit[] {
  const { agreement, errors, latency, scores, labels } = report;
  const loss = labels.losses[0];
  const limits = [
    gate.agreement === null ? null : atLeast('agreement', 'Agreement', agreement.candidate, gate.agreement, percent),
    gate.errorRateIncrease === null
      ? null
      : needsReference(
          referenceShare,
          atMost('errors', "Errors above the reference's", errors.difference, gate.errorRateIncrease, points),
        ),
    gate.latencyRatio === null
      ? null
      : needsReference(
          referenceShare,
          atMost(
            'latency',
            "Mean latency as a multiple of the reference's",
            latency.ratio,
            gate.latencyRatio,
            quantity,
          ),
        ),
    gate.stabilityIndex === null
      ? null
      : described('stability_index', 'Stability index', scores?.stabilityIndex ?? null, gate.stabilityIndex),
    gate.scoreDistance === null
      ? null
      : described('score_distance', 'Distance of scores', scores?.distance ?? null, gate.scoreDistance),
    gate.lossIncrease === null
      ? null
      : loss
        ? atMost('loss', "Loss on labels above the champion's", loss.difference, gate.lossIncrease, quantity)
        : { name: 'loss', state: 'no_data' as const, sentence: labels.sentence },
  ];
  const found = limits.filter((each) => each !== null);
  return report.comparisons < gate.minimumComparisons ? found.map(notYet) : found;
}

/** Before the minimum nothing passes; what is shown to be broken fails already. */
function notYet(limit: Limit): Limit {
  return limit.state === 'pass' ? { ...limit, state: 'no_data' } : limit;
}

function needsReference(referenceShare: number, limit: Limit): Limit {
  if (referenceShare > 0) return limit;
  const sentence = 'It is compared with second calls of the champion: a referenceShare above 0 makes them.';
  return { name: limit.name, state: 'no_data', sentence };
}

function atLeast(
  name: string,
  what: string,
  found: ShadowEstimate,
  limit: number,
  show: (value: number) => string,
): Limit {
  const sentence = `${what}: ${told(found, show)}, at least ${show(limit)}.`;
  if (found.status !== 'ok') return { name, state: 'no_data', sentence: `${sentence} ${found.missing}` };
  const { lower, upper } = found.interval;
  return { name, state: lower >= limit ? 'pass' : upper < limit ? 'fail' : 'inconclusive', sentence };
}

function atMost(
  name: string,
  what: string,
  found: ShadowEstimate,
  limit: number,
  show: (value: number) => string,
): Limit {
  const sentence = `${what}: ${told(found, show)}, at most ${show(limit)}.`;
  if (found.status !== 'ok') return { name, state: 'no_data', sentence: `${sentence} ${found.missing}` };
  const { lower, upper } = found.interval;
  return { name, state: upper <= limit ? 'pass' : lower > limit ? 'fail' : 'inconclusive', sentence };
}

/** By its value alone: there is no interval of it. */
function described(name: string, what: string, value: number | null, limit: number): Limit {
  if (value === null) {
    return { name, state: 'no_data', sentence: `${what}: not known below 100 decisions with scores of both models.` };
  }
  const state = value <= limit ? 'pass' : 'fail';
  return {
    name,
    state,
    sentence: `${what}: ${quantity(value)}, at most ${quantity(limit)} (a description without interval).`,
  };
}
