import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { environmentSchema } from '../server/config.ts';

/** The text of docs/configuration.md, made from the schema that reads the variables. */
export function configurationDoc(): string {
  const rows = Object.entries(environmentSchema.shape).map(([name, schema]) => {
    const { default: standard, description } = schema.meta() ?? {};
    if (!standard || !description) throw new Error(`server/config.ts: give ${name} a default and a description`);
    return [`\`${name}\``, String(standard), description];
  });
  return `# Configuration

The server reads these environment variables once, at start. All are optional. An empty variable counts as absent; a
wrong one stops the start, and the message lists every problem at once.

This page is generated from \`server/config.ts\` by \`npm run configuration-doc\`.

${table(['variable', 'default', 'meaning'], rows)}
`;
}

/** A Markdown table with its columns aligned, as the formatter wants them. */
function table(head: string[], rows: string[][]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)));
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(new URL('../docs/configuration.md', import.meta.url), configurationDoc());
}
