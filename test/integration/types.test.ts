import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CliCommand, cliCommand } from './cli-command.ts';
import { draftExperiment, startTestServer, type TestServer } from './test-server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let server: TestServer;
let assay: CliCommand;
let env: Record<string, string>;
beforeAll(async () => {
  server = await startTestServer();
  assay = cliCommand();
  env = { ASSAY_URL: server.url, ASSAY_KEY: server.adminKey };
  await draftExperiment(server, { key: 'fraud-score' });
  await server.api('POST', '/api/slots', {
    key: 'feed',
    output: 'ranking',
    variants: [{ key: 'popular', payload: { model: 'count', weights: [1, 2.5] } }],
    champion: 'popular',
  });
});
afterAll(async () => {
  assay.remove();
  await server.stop();
});

/** What the compiler says of a service that uses the file that `assay types` wrote. */
function compile(service: string): string[] {
  const file = join(assay.folder, 'service.ts');
  const text = `import { connect } from '@assay-ml/sdk';
import type { Definitions } from './assay-types.ts';
const assay = await connect<Definitions>({ url: 'http://localhost', key: 'k' });
const unit = { unit: 'u' };
${service}
`;
  writeFileSync(file, text);

  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const program = ts.createProgram([file], {
    ...options,
    paths: { '@assay-ml/sdk': [join(root, 'sdk/index.ts')] },
    types: [],
    typeRoots: [join(root, 'node_modules/@types')],
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n').split('\n')[0] ?? '');
}

it('The definitions of a running server make unknown slots, payload fields and outcomes errors of the compiler', async () => {
  const { status, stdout } = await assay.run(['types', '--out', 'assay-types.ts'], { env });
  expect([status, stdout]).toEqual([0, 'assay-types.ts was written.\n']);
  const good = `
assay.decide('fraud-score', unit).payload?.model.toUpperCase();
assay.decide('feed', unit).payload?.weights.map((weight) => weight.toFixed(1));
await assay.rank('feed', unit, ({ payload }) => [payload?.model], { id: (item) => String(item) });
assay.outcome('fraud-score-click', unit);
assay.override('fraud-score', 'u', 'new');`;
  expect(compile(good)).toEqual([]);
  const bad = `
assay.decide('fraud-scor', unit);
assay.decide('fraud-score', unit).payload?.modell;
await assay.rank('fraud-score', unit, () => [''], { id: (item) => item });
assay.outcome('fraud-score-clik', unit);
assay.override('fraud-score', 'u', 'newest');`;
  expect(compile(bad)).toEqual([
    // The compiler lists the keys in an order of its own.
    expect.stringMatching(
      /^Argument of type '"fraud-scor"' is not .* of type '("feed" \| "fraud-score"|"fraud-score" \| "feed")'\.$/,
    ),
    expect.stringContaining(`Property 'modell' does not exist on type '{ model: string; }'`),
    `Argument of type '"fraud-score"' is not assignable to parameter of type '"feed"'.`,
    `Argument of type '"fraud-score-clik"' is not assignable to parameter of type '"fraud-score-click"'.`,
    expect.stringMatching(/^Argument of type '"newest"' is not .*"old"/),
  ]);
}, 120_000);

it('assay types --check ends with 2 once the server has more than the file, and with 0 after it is written again', async () => {
  const check = () => assay.run(['types', '--out', 'checked.ts', '--check'], { env });
  expect((await check()).status).toBe(2);
  await assay.run(['types', '--out', 'checked.ts'], { env });
  expect(await check()).toMatchObject({ status: 0, stdout: 'checked.ts is up to date.\n' });
  const before = readFileSync(join(assay.folder, 'checked.ts'), 'utf8');
  await server.api('POST', '/api/slots/feed/variants', { key: 'fresh', payload: { model: 'age', halfLifeHours: 6 } });
  const { status, stderr } = await check();
  expect(status).toBe(2);
  expect(stderr).toContain('run "assay types --out checked.ts"');
  expect(readFileSync(join(assay.folder, 'checked.ts'), 'utf8')).toBe(before);
  await assay.run(['types', '--out', 'checked.ts'], { env });
  expect((await check()).status).toBe(0);
  expect(readFileSync(join(assay.folder, 'checked.ts'), 'utf8')).toContain('halfLifeHours?: number;');
});

it('assay types prints the module, and says what is wrong with what it is asked', async () => {
  expect((await assay.run(['types'], { env })).stdout).toContain("environment 'production'");
  expect(await assay.run(['types', '--check'], { env })).toMatchObject({ status: 1, stdout: '' });
  const nowhere = await assay.run(['types', '--out', 'no/such/folder.ts'], { env });
  expect([nowhere.status, nowhere.stderr]).toEqual([1, expect.stringContaining('does its folder exist')]);
});
