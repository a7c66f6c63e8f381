import { type LiveState, refreshEveryMs, useLiveState } from '../api/live-state.ts';

const WORDS: Record<LiveState, string> = {
  live: 'Live: new numbers come by themselves.',
  asking: `Renewed every ${refreshEveryMs / 1000} s.`,
  hidden: 'Paused while hidden.',
};

/** How the numbers of a page that moves are kept up to date. Never announced: nothing of it asks for attention. */
export function LiveStatus() {
  return <span aria-live="off">{WORDS[useLiveState()]}</span>;
}
