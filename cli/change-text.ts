import type { Change, Comparison } from './declared-change.ts';
import type { Difference } from './difference-list.ts';
import { bullet, paint } from './terminal.ts';

const MARKS = {
  create: ['+', 'green'],
  update: ['~', 'yellow'],
  remove: ['-', 'red'],
  impossible: ['!', 'red'],
} as const;

/** Differences as people read them. */
export function comparisonText({ changes, unmanaged }: Comparison): string {
  const lines = changes.map(changeText);
  const others = Object.entries(unmanaged).filter(([, keys]) => keys.length > 0);
  if (others.length > 0) {
    lines.push(
      ['Only on the server:', ...others.map(([kind, keys]) => bullet(`${kind}: ${keys.join(', ')}`))].join('\n'),
    );
  }
  lines.push(changes.length === 0 ? 'No differences: the server has what the files declare.' : `${totals(changes)}.`);
  return lines.join('\n');
}

export function changeText({ action, kind, key, summary, differences, reason }: Change): string {
  const [mark, colour] = MARKS[action];
  const head = paint(colour, `${mark} ${kind} ${key}`) + (summary ? `: ${summary}` : '');
  const lines = differences.map((each) => `    ${differenceText(each)}`);
  return [head, ...lines, ...(reason ? [`    impossible: ${reason}`] : [])].join('\n');
}

const differenceText = ({ path, from, to }: Difference) => `${path.join('.')}: ${shown(from)} → ${shown(to)}`;

function shown(value: unknown): string {
  const text = value === undefined ? '(nothing)' : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

function totals(changes: Change[]): string {
  const words = { create: 'to create', update: 'to change', remove: 'to remove', impossible: 'impossible' };
  const counted = Object.entries(words).map(([action, word]) => {
    const number = changes.filter((each) => each.action === action).length;
    return number > 0 ? `${number} ${word}` : '';
  });
  return counted.filter((each) => each !== '').join(', ');
}

/** For programs: stable names, and where each stands in the files. */
export function changeJson({ action, kind, key, summary, differences, reason, at }: Change): unknown {
  return { action, kind, key, summary, differences, reason, at: at() };
}
