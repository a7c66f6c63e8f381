import type { Experiment } from '../../server/contract/catalog.ts';
import type { GateState } from '../../server/contract/gate-contract.ts';
import type { HealthItem, Verdict } from '../../server/contract/report-contract.ts';
import type { IconName } from './icons.tsx';

export type Look = { label: string; tone: string; icon: IconName };

/** Word, colour and icon of each state: three signs, so that none has to be seen in colour. */
export const verdictLooks: Record<Verdict['kind'], Look> = {
  ship: { label: 'Ship', tone: 'tone-good', icon: 'check' },
  go_on: { label: 'Go on to the next phase', tone: 'tone-good', icon: 'check' },
  do_not_ship: { label: 'Do not ship', tone: 'tone-bad', icon: 'cross' },
  keep_running: { label: 'Keep running', tone: 'tone-calm', icon: 'clock' },
  look_closer: { label: 'Look closer', tone: 'tone-caution', icon: 'search' },
  insufficient: { label: 'Too little data', tone: 'tone-quiet', icon: 'dashed' },
  invalid: { label: 'Not valid', tone: 'tone-bad', icon: 'warning' },
  not_started: { label: 'Not started', tone: 'tone-quiet', icon: 'dashed' },
};

export const healthLooks: Record<HealthItem['status'], Look> = {
  ok: { label: 'Fine', tone: 'tone-good', icon: 'check' },
  warning: { label: 'Warning', tone: 'tone-caution', icon: 'warning' },
  alarm: { label: 'Alarm', tone: 'tone-bad', icon: 'warning' },
  waiting: { label: 'Waiting', tone: 'tone-quiet', icon: 'clock' },
};

export const stateLooks: Record<Experiment['state'], Look> = {
  draft: { label: 'Draft', tone: 'tone-quiet', icon: 'dashed' },
  running: { label: 'Running', tone: 'tone-calm', icon: 'play' },
  paused: { label: 'Paused', tone: 'tone-caution', icon: 'pause' },
  concluded: { label: 'Concluded', tone: 'tone-quiet', icon: 'flag' },
};

/** Of gates, their limits and guardrails. */
export const gateLooks: Record<GateState, Look> = {
  pass: { label: 'Pass', tone: 'tone-good', icon: 'check' },
  fail: { label: 'Fail', tone: 'tone-bad', icon: 'cross' },
  inconclusive: { label: 'Inconclusive', tone: 'tone-caution', icon: 'search' },
  no_data: { label: 'No data', tone: 'tone-quiet', icon: 'dashed' },
};
