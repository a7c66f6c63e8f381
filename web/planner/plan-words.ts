import { count, counted, percentOf, plain, THIN } from '../format.ts';
import type { PlanInput } from './plan-fields.ts';
import type { UnitPlan } from './plan-units.ts';

/** "about 12 days", "less than a day". */
export function daysText(days: number): string {
  if (days < 1) return 'less than a day';
  const whole = Math.ceil(days);
  return `about ${count(whole)} ${whole === 1 ? 'day' : 'days'}`;
}

/** What a choice costs or saves: "costs 3 120 units, 2 days more", "saves 12 000 units". */
export function costText(units: number, perDay: number | null): string {
  const days = perDay === null ? 0 : Math.abs(units) / perDay;
  const inDays =
    days < 0.05
      ? ''
      : `, ${plain(days, days < 10 ? 1 : 0)} ${days < 9.95 && plain(days, 1) === '1.0' ? 'day' : 'days'}`;
  return `${units < 0 ? 'saves' : 'costs'} ${counted(Math.round(Math.abs(units)), 'unit')}${inDays}`;
}

/** What is looked for: "an effect", or with a margin "a margin". */
export const goalText = ({ question }: Pick<PlanInput, 'question'>): string =>
  question === 'difference' ? 'effects' : 'margins';

const percent = (share: number) => `${plain(share * 100, 2).replace(/\.?0+$/, '')}${THIN}%`;

/** The plan in a sentence, with what its number of days leaves out. */
export function plannedSentence(input: PlanInput, { days }: UnitPlan): string {
  const { question, effect, margin, power, level, comparisons } = input;
  const goal =
    question === 'difference'
      ? `find an effect of ${effect > 0 ? '+' : '\u2212'}${percentOf(Math.abs(effect))}`
      : `show that it is worse by less than ${percent(margin)}, if it is as good as the control`;
  const shared =
    comparisons > 1 ? `, with ${count(comparisons)} primary comparisons sharing the error probability` : '';
  const wait =
    days === null ? '' : ' The days are those until the last unit has come; the window of the metric comes on top.';
  return `So many it takes to ${goal}, with a chance of ${percent(power)} at a level of ${percent(level)}${shared}.${wait}`;
}

/** Below this a significant result says little about its size. */
const lowPower = 0.5;
/** Events, or non-events, per arm below which the normal limit is a guess. */
const fewEvents = 10;

export function planWarnings(input: PlanInput, plan: UnitPlan): string[] {
  const { achieved } = plan;
  const warnings: string[] = [];
  if (achieved && achieved.power < lowPower && achieved.exaggeration !== null) {
    warnings.push(
      `With ${count(input.available ?? 0)} units a significant result overstates the effect ${plain(achieved.exaggeration, 1)} times on average, and has the wrong sign in ${percentOf(achieved.wrongSign)} of cases. Get more units or look for a larger effect.`,
    );
  } else if (!achieved && input.power < lowPower) {
    warnings.push('With so little power a significant result overstates the effect much. Plan for 80 % or more.');
  }
  const least = Math.min(plan.control, plan.challenger);
  if (input.kind === 'proportion' && least * Math.min(input.rate, 1 - input.rate) < fewEvents) {
    warnings.push('An arm would have fewer than 10 events, or non-events: these formulas are a guess there.');
  }
  if (plan.days !== null && plan.days < 7) {
    warnings.push('Weekdays and weekends differ. Run whole weeks even where fewer days would do.');
  }
  return warnings;
}
