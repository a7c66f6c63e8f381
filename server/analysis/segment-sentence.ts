import { list, pPhrase, quantity, signedPercent } from './phrases.ts';
import { type Breakdown, LEAST_EVENTS, LEAST_UNITS } from './segment-effects.ts';

/** So many values are named, then only counted. */
const MOST_NAMED = 5;

/** What a breakdown says, in words. `q`: at the end only. */
export function segmentSentence(breakdown: Breakdown, q: number | null, differs: boolean, rate: number): string {
  return `${answer(breakdown, q, differs, rate)}${leftOut(breakdown)}`;
}

function answer(breakdown: Breakdown, q: number | null, differs: boolean, rate: number): string {
  const { attribute, metric, found } = breakdown;
  const subject = `effect on "${metric.name}"`;
  if (!found) {
    const events =
      metric.kind === 'proportion' ? `, with ${LEAST_EVENTS} events and ${LEAST_EVENTS} units without` : '';
    return `Nothing to compare by ${attribute} yet: fewer than two values have ${LEAST_UNITS} mature units in each variant${events}.`;
  }
  const strength = q === null ? 'valid at any time' : pPhrase(q, null).replace('p', 'q');
  if (!differs) {
    return q === null
      ? `No sign so far that the ${subject} differs by ${attribute}.`
      : `No sign that the ${subject} differs by ${attribute} (${strength}).`;
  }
  const opposite = q !== null && found.qualitative.p < rate ? ' Some are helped and others harmed.' : '';
  return `The ${subject} differs by ${attribute} (${strength}): ${range(breakdown)}.${opposite}`;
}

/** From the smallest to the largest shrunken effect: the raw ones overstate the extremes. */
function range({ effects, metric, found }: Breakdown): string {
  const ordered = effects
    .map(({ value }, k) => ({ value: value ?? 'other', effect: found?.shrunken[k] ?? 0 }))
    .sort((a, b) => a.effect - b.effect);
  const write = metric.kind === 'proportion' ? points : signed;
  const [least, most] = [ordered[0], ordered.at(-1)];
  return `from ${write(least?.effect ?? 0)} (${least?.value}) to ${write(most?.effect ?? 0)} (${most?.value})`;
}

function points(effect: number): string {
  return `${signedPercent(effect).replace('%', '')}percentage points`;
}

function signed(effect: number): string {
  return `${effect > 0 ? '+' : ''}${quantity(effect)}`;
}

function leftOut({ leftOut: names, found }: Breakdown): string {
  if (names.length === 0 || !found) return '';
  const rest = names.length - MOST_NAMED;
  const named = rest > 0 ? [...names.slice(0, MOST_NAMED), `${rest} more`] : names;
  return ` Left out, too few units: ${list(named)}.`;
}
