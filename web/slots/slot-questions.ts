import type { SlotQuestion } from './slot-dialog.tsx';

export const stopQuestion = (slot: string, running: string[]): SlotQuestion => ({
  title: `Stop everything on “${slot}”?`,
  body: 'The champion answers for everyone within a second. What has been collected stays, and each can be resumed. It pauses:',
  touches: running,
  confirm: 'Stop everything',
  grave: true,
  move: { action: 'pause' },
});

export const resumeQuestion = (slot: string, paused: string[]): SlotQuestion => ({
  title: `Resume “${slot}”?`,
  body: 'Units get the same variants as before the pause. It resumes:',
  touches: paused,
  confirm: 'Resume',
  grave: false,
  move: { action: 'resume' },
});

export const championQuestion = (slot: string, champion: string, variant: string): SlotQuestion => ({
  title: `Make “${variant}” the champion?`,
  body: `From now on “${variant}” answers on “${slot}” for everyone, instead of “${champion}”. It is not tested by this: an experiment would tell whether it is better.`,
  touches: [],
  confirm: `Promote ${variant}`,
  grave: true,
  move: { action: 'champion', champion: variant },
});

export function doneText({ move }: SlotQuestion): string {
  if (move.action === 'champion') return `“${move.champion}” is the champion now.`;
  return move.action === 'pause'
    ? 'Everything on the slot is paused; everyone gets the champion.'
    : 'The slot runs again.';
}
