import type {
  AttentionItem,
  AttentionKind,
  BriefProgress,
  Home,
  Sparkline,
} from '../../server/contract/home-contract.ts';
import { bucketName, clock, count, counted, dateTime, wholePercent } from '../format.ts';
import { span } from '../parts/phase-words.ts';
import type { Look } from '../parts/tones.ts';

/** Word, colour and icon of what needs a person. */
export const attentionLooks: Record<AttentionKind, Look> = {
  rolled_back: { label: 'Rolled back', tone: 'tone-bad', icon: 'cross' },
  alarm: { label: 'Alarm', tone: 'tone-bad', icon: 'warning' },
  shadow_failed: { label: 'Shadow failed', tone: 'tone-bad', icon: 'cross' },
  do_not_ship: { label: 'Do not ship', tone: 'tone-bad', icon: 'cross' },
  decide: { label: 'Decide', tone: 'tone-calm', icon: 'flag' },
  gate: { label: 'Ready to go on', tone: 'tone-good', icon: 'check' },
  refused: { label: 'Could not go on', tone: 'tone-caution', icon: 'warning' },
  held: { label: 'Held', tone: 'tone-caution', icon: 'pause' },
  no_data: { label: 'No data', tone: 'tone-caution', icon: 'dashed' },
  stale: { label: 'Not up to date', tone: 'tone-caution', icon: 'clock' },
  paused: { label: 'Paused', tone: 'tone-caution', icon: 'pause' },
};

/** The part of a page on which the cause stands. */
const causes: Partial<Record<AttentionKind, string>> = {
  rolled_back: '#phases',
  alarm: '#health',
  shadow_failed: '#phases',
  gate: '#phases',
  refused: '#phases',
  no_data: '#health',
  stale: '#health',
};

/** Where the cause of it is told, and what can be done about it. */
export function causeAddress({ kind, experiment, slot }: Pick<AttentionItem, 'kind' | 'experiment' | 'slot'>): string {
  if (kind === 'paused') return `/slots/${encodeURIComponent(slot)}`;
  return `/experiments/${encodeURIComponent(experiment.key)}${causes[kind] ?? ''}`;
}

/** "Since 14:03, for 2 h", with the day where it is another. */
export function sinceText(since: string, now: string, zone: { timeZone?: string } = {}): string {
  const seconds = (Date.parse(now) - Date.parse(since)) / 1000;
  const today = dateTime(since, zone).slice(0, 11) === dateTime(now, zone).slice(0, 11);
  const at = today ? clock(since, zone).slice(0, 5) : dateTime(since, zone);
  return seconds < 60 ? `Since ${at}` : `Since ${at}, for ${span(seconds)}`;
}

/** The page in one sentence. */
export function overview({ attention, running, counts }: Pick<Home, 'attention' | 'running' | 'counts'>): string {
  const experiments = new Set(attention.map(({ experiment }) => experiment.key)).size;
  const need =
    experiments === 0
      ? 'Nothing needs a person'
      : experiments === 1
        ? 'One experiment needs a person'
        : `${count(experiments)} experiments need a person`;
  const live = running.filter(({ state }) => state === 'running').length;
  // What was rolled back is paused, and stands above.
  const paused = counts.running - live;
  const runs = live === 0 ? 'none runs' : live === 1 ? 'one runs' : `${count(live)} run`;
  return `${need}; ${runs}${paused > 0 ? `, ${count(paused)} ${paused === 1 ? 'is' : 'are'} paused` : ''}.`;
}

/** How far it is: "240 of 1 000 units, 24 %". */
export function progressText({ share, unit, done, of, daysLeft }: BriefProgress): string {
  return [amount({ share, unit, done, of }), unit === 'seconds' ? null : leftText(share, daysLeft)]
    .filter((part) => part !== null)
    .join(', ');
}

function amount({ share, unit, done, of }: Omit<BriefProgress, 'daysLeft'>): string {
  if (unit === 'steps') return share === 1 ? `All ${of} steps are complete` : `Step ${done} of ${of}`;
  if (unit === 'seconds') return of === null ? `Runs for ${span(done)}` : `${span(done)} of ${span(of)}`;
  const noun = unit === 'units' ? 'unit' : 'comparison';
  if (of === null) return `${counted(done, unit === 'units' ? 'mature unit' : noun)}, no end planned`;
  if (done >= of) return `${counted(done, noun)}, ${count(of)} were asked for`;
  return `${count(done)} of ${counted(of, noun)}${share === null ? '' : `, ${wholePercent(share)}`}`;
}

function leftText(share: number | null, daysLeft: number | null): string | null {
  if (daysLeft === null || share === null || share >= 1) return null;
  return `about ${span(Math.max(60, daysLeft * 86_400))} left`;
}

/** The small picture in words. */
export function sparklineText({ bucketSeconds, counts, of }: Sparkline): string {
  const most = Math.max(...counts);
  return `${sparklineName(of)} per ${bucketName(bucketSeconds)}: ${count(sumOf(counts))} in all, at most ${count(most)}, ${count(counts.at(-1) ?? 0)} in the last.`;
}

const sumOf = (counts: number[]): number => counts.reduce((sum, each) => sum + each, 0);
const sparklineName = (of: Sparkline['of']): string => (of === 'units' ? 'New units' : 'Decisions compared');

/** What stands below it: "150 units, by the hour". */
export const sparklineCaption = ({ bucketSeconds, counts, of }: Sparkline): string =>
  `${counted(sumOf(counts), of === 'units' ? 'new unit' : 'decision')}, per ${bucketName(bucketSeconds)}`;
