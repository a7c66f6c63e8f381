import type { ServerFacts } from '../../server/contract/server-facts-contract.ts';
import { count, counted, dateTime, plain, THIN } from '../format.ts';

/** "3 minutes ago": in the largest unit that it has one of. */
export function agoText(iso: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  if (seconds < 60) return 'less than a minute ago';
  if (seconds < 3600) return `${counted(Math.floor(seconds / 60), 'minute')} ago`;
  if (seconds < 86_400) return `${counted(Math.floor(seconds / 3600), 'hour')} ago`;
  return `${counted(Math.floor(seconds / 86_400), 'day')} ago`;
}

/** What the server is told by its environment, as facts. */
export function serverFactLines(facts: ServerFacts, now: number): [string, string][] {
  const { ruleset, retentionDays, ofrepRequestsPerSecond } = facts;
  return [
    ['Version', facts.version],
    [
      'Ruleset',
      `version ${ruleset.version}, changed ${agoText(ruleset.changedAt, now)} (${dateTime(ruleset.changedAt)})`,
    ],
    ['Database', facts.database === 'built_in' ? 'built in' : 'an external PostgreSQL'],
    ['Processes that serve', count(facts.processes)],
    [
      'Raw events are kept',
      retentionDays === 0
        ? 'for ever'
        : `${counted(retentionDays, 'day')}, longer where a phase needs them; reports stay`,
    ],
    ['Largest request', `${plain(facts.maxBodyBytes / 1_048_576, 1).replace(/\.0$/, '')}${THIN}MiB`],
    [
      'OFREP requests of one key',
      ofrepRequestsPerSecond === 0 ? 'without limit' : `${count(ofrepRequestsPerSecond)} a second`,
    ],
  ];
}
