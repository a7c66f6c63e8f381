import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const folder = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

export function isThere(name: string): boolean {
  return existsSync(folder + name);
}

/** A table of a data set as rows of fields by column name; no field holds a comma or a line break. */
export function readCsv(name: string): Record<string, string>[] {
  const [header = '', ...lines] = gunzipSync(readFileSync(folder + name))
    .toString('utf8')
    .trim()
    .split(/\r?\n/);
  const columns = header.split(',').map((column) => column.replaceAll('"', ''));
  return lines.map((line) => {
    const fields = line.split(',');
    return Object.fromEntries(columns.map((column, i) => [column, fields[i] ?? '']));
  });
}
