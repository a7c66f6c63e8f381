import { percent, quantity } from '../../analysis/phrases.ts';
import type { GateReport, GateState } from '../../contract/gate-contract.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import type { BanditPhase } from './bandit-phase.ts';
import type { BanditFinal } from './bandit-result.ts';

/** Posterior probability from which a variant is taken for the best. */
const BEST_FROM = 0.95;

/**
 * A bandit hands over at the end of its plan, once: when one variant is best with at least 95 % and the AIPW interval of its
 * difference to the champion excludes 0 on the better side. It fails when that best one is the champion.
 */
export function banditGate({ phase, reward }: BanditPhase, final: BanditFinal | null): GateReport {
  if (!planEnds(phase)) {
    const sentence =
      'The plan has no end ("units" or "durationSeconds"), so nothing is ever concluded: a person decides.';
    return { state: 'inconclusive', sentence, limits: [] };
  }
  if (!final) return { state: 'inconclusive', sentence: waitsFor(phase), limits: [] };
  const best = final.probabilityBest.indexOf(Math.max(...final.probabilityBest));
  const leader = phase.split[best];
  const probability = final.probabilityBest[best] ?? 0;
  const name = leader?.variant ?? '';
  const sure: GateState = probability >= BEST_FROM ? 'pass' : 'inconclusive';
  const first = {
    name: 'best',
    state: sure,
    sentence: `"${name}" is the best with ${percent(probability)}; ${percent(BEST_FROM)} are needed.`,
  };
  if (leader?.control) {
    const state = sure === 'pass' ? 'fail' : 'inconclusive';
    const sentence = state === 'fail' ? `No variant beats the champion: ${first.sentence}` : first.sentence;
    return { state, sentence, limits: [{ ...first, state }] };
  }
  const second = differenceLimit(final, best, name, reward.direction);
  const state = sure === 'pass' ? second.state : 'inconclusive';
  return { state, sentence: `${first.sentence} ${second.sentence}`, limits: [first, second] };
}

function differenceLimit(final: BanditFinal, arm: number, name: string, direction: 'increase' | 'decrease') {
  const limit = { name: 'difference', state: 'inconclusive' as GateState };
  const { estimates } = final;
  if (estimates.status === 'refused') {
    return {
      ...limit,
      state: 'no_data' as GateState,
      sentence: `No interval may be given: it needs ${estimates.missing}.`,
    };
  }
  const found = estimates.differences[arm];
  if (!found) return { ...limit, state: 'no_data' as GateState, sentence: `"${name}" has no interval yet.` };
  const { estimate, interval } = found;
  const better = direction === 'increase' ? interval.lower > 0 : interval.upper < 0;
  const numbers = `${quantity(estimate)} (${quantity(interval.lower)} to ${quantity(interval.upper)}) per decision`;
  const sentence = better
    ? `Its difference to the champion, ${numbers}, excludes 0.`
    : `Its difference to the champion, ${numbers}, does not exclude 0 on the better side.`;
  return { ...limit, state: better ? ('pass' as GateState) : limit.state, sentence };
}

/** "2026-01-31 14:05 UTC" */
const minute = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

export const planEnds = ({ plan }: PhaseRow): boolean => plan.units !== null || plan.durationSeconds !== null;

function waitsFor({ plan, state, startedAt }: PhaseRow): string {
  if (state === 'ended') return 'The phase ended before its plan did: nothing was concluded.';
  const ends = [
    ...(plan.units === null ? [] : [`${plan.units} units have closed decisions`]),
    ...(plan.durationSeconds === null || !startedAt
      ? []
      : [`the decisions until ${minute(new Date(startedAt.getTime() + plan.durationSeconds * 1000))} are closed`]),
  ];
  return `Concluded once, when ${ends.join(', or ')}.`;
}
