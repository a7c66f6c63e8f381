import type { Experiment } from '../../server/contract/catalog.ts';
import type { GateReport } from '../../server/contract/gate-contract.ts';
import type { Phase } from '../../server/contract/phase-contract.ts';
import { dateTime, duration } from '../format.ts';
import { modeNames } from './mode-names.ts';
import type { Look } from './tones.ts';

/** How far a phase is, or how it ended. */
export function phaseLook({ state, endedAs }: Pick<Phase, 'state' | 'endedAs'>, paused: boolean): Look {
  if (state === 'planned') return { label: 'To come', tone: 'tone-quiet', icon: 'dashed' };
  if (state === 'running') {
    return paused
      ? { label: 'Paused', tone: 'tone-caution', icon: 'pause' }
      : { label: 'Running', tone: 'tone-calm', icon: 'play' };
  }
  if (endedAs === 'rolled_back') return { label: 'Rolled back', tone: 'tone-bad', icon: 'cross' };
  if (endedAs === 'advanced') return { label: 'Handed over', tone: 'tone-good', icon: 'check' };
  return { label: 'Ended', tone: 'tone-quiet', icon: 'flag' };
}

/** "19 Nov 2025, 14:03 to 20 Nov 2025, 09:00", "since …"; null before the start. */
export function phaseTimes({ startedAt, endedAt }: Pick<Phase, 'startedAt' | 'endedAt'>): string | null {
  if (startedAt === null) return null;
  return endedAt === null ? `Since ${dateTime(startedAt)}` : `${dateTime(startedAt)} to ${dateTime(endedAt)}`;
}

/** What a phase declares, in a few words: "candidate v2, 4 steps up to 50 %". */
export function phasePlan({ mode, split, canary, shadow, bandit, gate, continues, sticky }: Phase): string {
  const challengers = split.filter(({ control }) => !control).map(({ variant }) => variant);
  const against = challengers.join(', ');
  const parts: Record<Phase['mode'], string> = {
    shadow: `${against} beside the champion, for ${percentOfUnits(shadow?.share ?? 0)}`,
    canary: `${against}, in steps of ${(canary?.steps ?? []).map(({ share }) => `${plainPercent(share)}`).join(', ')}`,
    ab: split.map(({ variant, weight }) => `${variant} ${plainPercent(weight)}`).join(', '),
    bandit: `${split.map(({ variant }) => variant).join(', ')}; weights renewed every ${duration(bandit?.epochSeconds ?? 0)}`,
    interleave: split.map(({ variant }) => variant).join(', '),
    holdout: against,
  };
  const extra = [
    ...(continues ? ['units stay with their variant'] : []),
    ...(sticky ? ['variants are remembered'] : []),
    ...(gate === 'automatic' ? ['hands over by itself'] : []),
  ];
  return [parts[mode], ...extra].join('; ');
}

const plainPercent = (share: number): string => `${Number((share * 100).toPrecision(4))}\u202f%`;
const percentOfUnits = (share: number): string => (share >= 1 ? 'all units' : `${plainPercent(share)} of units`);

/** Gaps in which everyone got the champion, as sentences. */
export function pauseSentences(pauses: Phase['pauses'], now: string): string[] {
  return pauses.map(({ from, to }) => {
    const seconds = Math.round((Date.parse(to ?? now) - Date.parse(from)) / 1000);
    return to === null
      ? `Paused since ${dateTime(from)}: everyone gets the champion.`
      : `Paused from ${dateTime(from)} to ${dateTime(to)}, for ${span(seconds)}: everyone got the champion.`;
  });
}

/** "45 s", "12 min", "3.5 h", "2 days". */
export function span(seconds: number): string {
  if (seconds < 120) return `${Math.max(0, Math.round(seconds))}\u202fs`;
  if (seconds < 7200) return `${Math.round(seconds / 60)}\u202fmin`;
  if (seconds < 172_800) return `${Math.round(seconds / 360) / 10}\u202fh`;
  return `${Math.round(seconds / 8640) / 10} days`;
}

/** What the gate says about handing over, as a heading. */
export const gateTitles: Record<GateReport['state'], string> = {
  pass: 'Ready to hand over',
  fail: 'Not fit to hand over',
  inconclusive: 'Not ready to hand over yet',
  no_data: 'Nothing to judge by yet',
};

/** What comes after the running phase, and who starts it. */
export function handOverSentence({ phases }: Pick<Experiment, 'phases'>): string {
  const next = phases.find(({ state }) => state === 'planned');
  if (!next) return 'It is the last phase of the plan.';
  const running = phases.find(({ state }) => state === 'running');
  const name = `phase ${next.position + 1} (${modeNames[next.mode]})`;
  return running?.gate === 'automatic'
    ? `At a pass, ${name} starts by itself.`
    : `Next is ${name}; it starts when a person says so.`;
}
