import type { Report } from '../contract/report-contract.ts';
import { count } from './phrases.ts';
import type { VerdictFacts } from './verdict-facts.ts';

/** "look 3 of 5", "look 12". */
export function lookPhrase({ progress }: Pick<VerdictFacts, 'progress'>): string {
  const { taken, planned } = progress?.looks ?? { taken: 0, planned: null };
  return planned === null || taken > planned ? `look ${taken}` : `look ${taken} of ${planned}`;
}

/** What is waited for before the first look. */
export function waitPhrase({ progress }: Pick<VerdictFacts, 'progress'>): string {
  if (!progress) return 'no unit has been exposed yet';
  const { looks, matureUnits, plannedUnits } = progress;
  const only = looks.planned === 1;
  const first = only ? 'the one look' : 'the first look';
  if (only && plannedUnits !== null) {
    return `${count(matureUnits)} of ${count(plannedUnits)} planned units are complete in every metric`;
  }
  if (looks.nextUnits !== null) {
    return `${count(matureUnits)} units are complete in every metric; ${first} comes at ${nextPhrase(looks)}`;
  }
  return looks.nextAt === null ? 'no look is planned' : `${first} comes at ${nextPhrase(looks)}`;
}

/** When the next look comes. */
export function nextLookReasons({ progress, phase }: VerdictFacts): string[] {
  if (!progress || (progress.looks.nextUnits === null && progress.looks.nextAt === null)) return [];
  if (phase?.state === 'ended') return [];
  const { looks, matureUnits } = progress;
  const left = looks.planned === null ? '' : ` ${leftPhrase(looks.planned - looks.taken)}`;
  return [
    `The next look comes at ${nextPhrase(looks)}; ${count(matureUnits)} units are complete in every metric now.${left}`,
  ];
}

function leftPhrase(left: number): string {
  return left === 1 ? 'It is the last planned one.' : `${count(left)} planned looks are left.`;
}

function nextPhrase({ nextUnits, nextAt }: NonNullable<Report['progress']>['looks']): string {
  const at = nextAt === null ? null : `${nextAt.slice(0, 16).replace('T', ' ')} UTC`;
  const units = nextUnits === null ? null : `${count(nextUnits)} complete units`;
  return units && at ? `${units} or on ${at}, whichever is first` : (units ?? at ?? 'a time that is not planned');
}
