import type { Report } from '../contract/report-contract.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import { count, percent } from './phrases.ts';

type Forecast = NonNullable<NonNullable<Report['progress']>['forecast']>;

/** "To find 2.0 % on "Clicked" 12 000 units are needed; 4 000 are left, about 3 days." and what the end can find. */
export function forecastSentence(
  { unitsNeeded, unitsLeft, daysLeft, minimumDetectableEffect, conditionalPower }: Omit<Forecast, 'sentence'>,
  name: string,
  { plan }: PhaseRow,
): string {
  const days = daysLeft === null ? '' : `, ${daysPhrase(daysLeft)} at the rate of the last days`;
  const sentences: string[] = [];
  if (unitsNeeded !== null && plan.minimumEffect !== null) {
    const left = unitsLeft === 0 ? 'so many are complete' : `${count(unitsLeft ?? 0)} are still missing${days}`;
    sentences.push(
      `To find an effect of ${percent(plan.minimumEffect)} on "${name}" ${count(unitsNeeded)} units are needed (80${'\u202f'}% power, the variance seen so far): ${left}.`,
    );
  } else if (unitsLeft !== null && unitsLeft > 0) {
    sentences.push(`${count(unitsLeft)} planned units are still missing${days}.`);
  }
  if (minimumDetectableEffect !== null) {
    sentences.push(`The planned end can show effects on "${name}" from ${percent(minimumDetectableEffect)} on.`);
  }
  if (conditionalPower !== null) {
    sentences.push(
      `If the planned effect is real, the chance of a conclusion by the last look is ${chancePhrase(conditionalPower)}.`,
    );
  }
  return sentences.join(' ') || `"${name}" varies too much, or too little is known, to say how long it takes.`;
}

/** No chance is 100 %. */
function chancePhrase(chance: number): string {
  if (chance > 0.999) return `above ${percent(0.999)}`;
  return chance < 0.001 ? `below ${percent(0.001)}` : percent(chance);
}

function daysPhrase(days: number): string {
  if (days < 1) return 'less than a day';
  return days < 10 ? `about ${days.toFixed(1)} days` : `about ${count(Math.ceil(days))} days`;
}
