import type { Slot } from '../../server/contract/catalog.ts';
import type { ExperimentSummary } from '../../server/contract/report-contract.ts';
import type { Reign } from '../../server/contract/slot-contract.ts';
import { dateTime, duration } from '../format.ts';
import { isMode, modeNames } from '../parts/mode-names.ts';
import { span } from '../parts/phase-words.ts';
import type { Look } from '../parts/tones.ts';

type Open = Pick<ExperimentSummary, 'name' | 'state' | 'mode'>;

export const isOpen = ({ state }: Pick<ExperimentSummary, 'state'>): boolean =>
  state === 'running' || state === 'paused';

/** What the switch of a slot stands on: there is none but the states of its experiments. */
export function switchLook(open: Open[]): Look {
  if (open.some(({ state }) => state === 'running')) return { label: 'Running', tone: 'tone-calm', icon: 'play' };
  if (open.length > 0) return { label: 'Stopped', tone: 'tone-caution', icon: 'pause' };
  return { label: 'Nothing runs', tone: 'tone-quiet', icon: 'dashed' };
}

/** Who answers now, in one sentence. */
export function answersSentence({ champion }: Pick<Slot, 'champion'>, open: Open[]): string {
  const running = open.filter(({ state }) => state === 'running');
  const everyone = `the champion “${champion}” answers for everyone`;
  if (open.length === 0) return `No experiment runs: ${everyone}.`;
  if (running.length === 0) return `Everything is paused: ${everyone}.`;
  const others = `; for all others it is the champion “${champion}”.`;
  const deciding = running.filter(({ mode }) => mode !== 'shadow');
  const beside = running.filter(({ mode }) => mode === 'shadow').map(nameOf);
  if (deciding.length === 0) {
    return `The champion “${champion}” answers for everyone; ${beside.join(', ')} ${beside.length === 1 ? 'calls its' : 'call their'} candidate beside it.`;
  }
  const decides = deciding.length === 1 ? 'decides who answers its units' : 'decide who answers their units';
  return `${deciding.map(nameOf).join(', ')} ${decides}${others}`;
}

const nameOf = ({ name, mode }: Open): string => `“${name}”${isMode(mode) ? ` (${modeNames[mode]})` : ''}`;

export function outputText({ output }: Pick<Slot, 'output'>): string {
  return output === 'ranking' ? 'a ranking: an ordered list of items' : 'a value: any result';
}

export function limitText({ timeoutMs, fallback }: Pick<Slot, 'timeoutMs' | 'fallback'>): string {
  const limit = timeoutMs % 1000 === 0 ? duration(timeoutMs / 1000) : `${timeoutMs}\u202fms`;
  const then = fallback === 'champion' ? 'then the champion is called' : 'then the error is thrown';
  return `${limit}; ${then}`;
}

/** Why another champion cannot be chosen now; null: it can. */
export function championObstacle(open: Open[]): string | null {
  const [first] = open;
  if (!first) return null;
  return `“${first.name}” compares with the champion: conclude it first, there you can promote.`;
}

/** "23 Nov 2026, 14:03 to 24 Nov 2026, 09:00 (19 h)". */
export function reignTimes({ from, until }: Pick<Reign, 'from' | 'until'>, now: string, zone = {}): string {
  const long = span((Date.parse(until ?? now) - Date.parse(from)) / 1000);
  return until === null
    ? `Since ${dateTime(from, zone)}, for ${long}`
    : `${dateTime(from, zone)} to ${dateTime(until, zone)}, for ${long}`;
}

/** Who chose it, and how. */
export function reignText({ actor, first }: Pick<Reign, 'actor' | 'first'>): string {
  return first ? `${actor} made the slot with it.` : `${actor} promoted it`;
}
