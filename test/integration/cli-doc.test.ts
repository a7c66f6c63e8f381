import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CliCommand, cliCommand } from './cli-command.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const block = (language: string) => page.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? '';

let server: TestServer;
let cli: CliCommand;
beforeAll(async () => {
  server = await startTestServer();
  cli = cliCommand();
  writeFileSync(join(cli.folder, 'fraud.yaml'), block('yaml'));
});
afterAll(async () => {
  cli.remove();
  await server.stop();
});

/** What another server, run or folder would have in its place. */
function settled(text: string): string {
  return text
    .replaceAll(server.url, 'https://assay.example.com')
    .replaceAll(join(cli.folder, 'config'), '~/.config')
    .replace(/as ".*?" \(/g, 'as "…" (')
    .replace(/draw 0\.\d+/g, 'draw 0.…')
    .replace(/salt [\w-]+/g, 'salt …')
    .replace(/(phase id|ruleset) \d+/g, '$1 …');
}

it('the session on the page of the command line is true', async () => {
  const steps = block('console')
    .split(/^\$ assay /m)
    .slice(1);
  expect(steps.length).toBeGreaterThan(10);
  for (const step of steps) {
    const [line = '', ...told] = step.split('\n');
    const words = [...line.replace(' < key.txt', '').matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, plain]) => quoted ?? plain ?? '',
    );
    const args = words.map((word) => word.replace('https://assay.example.com', server.url));
    const { stdout, stderr } = await cli.run(args, { stdin: server.adminKey });
    expect(settled(stdout + stderr), line).toBe(settled(told.join('\n')));
  }
});
