import type { HistoryEntry } from '../../server/contract/life-cycle-contract.ts';
import { weightPercent, words } from '../format.ts';

/** What stands in one line of the history: what was done, why, and the numbers behind it. */
export type HistoryLine = { what: string; reason: string | null; numbers: Record<string, unknown> | null };

type Detail = HistoryEntry['detail'];

/** What the sentence and the reason say already. */
const said = new Set(['phase', 'step', 'share', 'mode', 'reason', 'sentence', 'from', 'to', 'promote', 'slot', 'by']);

export function historyLine({ action, detail }: Pick<HistoryEntry, 'action' | 'detail'>): HistoryLine {
  const rest = Object.entries(detail).filter(([name]) => !said.has(name));
  return {
    what: whatOf(action, detail),
    reason: textOf(detail.reason) ?? textOf(detail.sentence),
    numbers: rest.length === 0 ? null : Object.fromEntries(rest),
  };
}

function whatOf(action: string, detail: Detail): string {
  const phase = phaseName(detail.phase);
  switch (action) {
    case 'experiment.create':
      return 'created it';
    case 'experiment.start':
      return 'started it';
    case 'experiment.pause':
      return typeof detail.slot === 'string' ? `paused everything on the slot “${detail.slot}”` : 'paused it';
    case 'experiment.resume':
      return typeof detail.slot === 'string' ? `resumed everything on the slot “${detail.slot}”` : 'resumed it';
    case 'experiment.advance':
      return detail.from === null || detail.from === undefined
        ? `started ${phaseName(detail.to)}`
        : `ended ${phaseName(detail.from)} and started ${phaseName(detail.to)}`;
    case 'experiment.advance-refused':
      return `could not start the phase after ${phase}`;
    case 'experiment.roll-back':
      return `rolled back ${phase}${detail.mode === 'canary' ? `, at step ${String(detail.step)}` : ''}`;
    case 'experiment.hold':
      return `held the ramp at step ${String(detail.step)}`;
    case 'experiment.release':
      return `released the ramp at step ${String(detail.step)}`;
    case 'experiment.step':
      return `took step ${String(detail.step)}${typeof detail.share === 'number' ? `, ${weightPercent(detail.share)}` : ''}`;
    case 'experiment.conclude':
      return typeof detail.promote === 'string' ? `concluded it and promoted “${detail.promote}”` : 'concluded it';
    case 'experiment.edit':
      return 'edited it';
    case 'experiment.add-phase':
      return 'added a phase';
    case 'experiment.edit-phase':
      return 'edited a phase';
    case 'experiment.remove-phase':
      return 'removed a phase';
    case 'experiment.rebuild':
      return `computed the numbers of ${phase} again from raw events`;
    case 'canary.complete':
      return 'completed the last step of the ramp';
    case 'canary.sample-ratio':
      return 'found units that do not follow the shares';
    default:
      return words(action.replace(/^experiment\./, '').replaceAll(/[.-]/g, ' '));
  }
}

/** Positions count from 0, people from 1. */
const phaseName = (position: unknown): string => (typeof position === 'number' ? `phase ${position + 1}` : 'the phase');

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
