import { styleText } from 'node:util';

type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** What names and sentences of a server must not do to a terminal: everything but line ends and our own colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const CONTROL = /(\u001b\[[0-9;]*m)|[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape of our own colours
const COLOURS = /\u001b\[[0-9;]*m/g;

const hasColours = (): boolean => process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

/** Colours on a terminal only, and not where NO_COLOR is set. */
export function paint(colour: Colour, text: string): string {
  return hasColours() ? styleText(colour, text, { validateStream: false }) : text;
}

export function print(text: string): void {
  process.stdout.write(`${clean(text)}\n`);
}

/** For people only: what a program reads goes to standard output. */
export function tell(text: string): void {
  process.stderr.write(`${clean(text)}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

function clean(text: string): string {
  return text.replace(CONTROL, (_, colour: string | undefined) => colour ?? '');
}

/** Columns under their heads; the last is cut to the width of a terminal. */
export function table(head: string[], rows: string[][]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => clean(cell).replaceAll('\n', ' ')));
  const widths = head.map((_, i) => Math.max(...cells.map((row) => widthOf(row[i] ?? ''))));
  const lines = cells.map((row) =>
    row
      .map((cell, i) => (i === head.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - widthOf(cell))))
      .join('  ')
      .trimEnd(),
  );
  const columns = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
  const fitting = lines.map((line) =>
    widthOf(line) > columns ? `${line.replace(COLOURS, '').slice(0, columns - 1)}…` : line,
  );
  return [paint('dim', fitting[0] ?? ''), ...fitting.slice(1)].join('\n');
}

function widthOf(text: string): number {
  return text.replace(COLOURS, '').length;
}

/** A sentence on lines of its own below a bullet. */
export function bullet(text: string, mark = '-'): string {
  return `  ${mark} ${text}`;
}
