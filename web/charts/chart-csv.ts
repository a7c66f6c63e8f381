/** What a chart draws, as rows: a cell that is a time is an ISO string, and the unit stands in the name of its column. */
export type ChartTable = { columns: string[]; rows: (string | number | null)[][] };

/** RFC 4180: commas, CRLF, quotes where a cell needs them; numbers with all digits that a double holds for sure. */
export function csvOf({ columns, rows }: ChartTable): string {
  return [columns, ...rows].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

function csvCell(cell: string | number | null): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(Number(cell.toPrecision(15))) : '';
  const text = harmless(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Spreadsheets run what begins like a formula; an apostrophe in front makes it text. Numbers stay numbers. */
const harmless = (text: string): string =>
  /^[\s]*[=+\-@\t\r]/.test(text) && !/^[+-]?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;

/** "checkout-lift.csv": the page's own key before what the chart shows. */
export function downloadName(path: string, name: string, ending: 'csv' | 'png'): string {
  const page = decodeURIComponent(path).split('/').filter(Boolean).at(-1) ?? 'assay';
  return `${slug(`${page}-${name}`)}.${ending}`;
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80) || 'chart';
