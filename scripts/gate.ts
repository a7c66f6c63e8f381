import { type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { checkImports } from './check-imports.ts';

/** What one check found; several checks add up. */
interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

interface Finished {
  code: number | null;
  output: string;
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const total: Tally = { passed: 0, failed: 0, skipped: 0 };
/** Far more than all tests need; a test in an endless loop must not stop the gate for ever. */
const endWithinMs = 20 * 60_000;
const graceMs = 10_000;
const maxLinesToldOfOne = 150;
const children = new Set<ReturnType<typeof spawn>>();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const child of children) endGroup(child);
    process.exitCode = 1;
  });
}

/** Everything a change must pass. Prints failures only; the last line is the count. */
async function main(): Promise<void> {
  // At once: each uses one processor, and the installation of a browser waits for the network.
  const types = node(['typescript/bin/tsc', '--noEmit', '--pretty', 'false']);
  const lint = node(['@biomejs/biome/bin/biome', 'check', '--diagnostic-level=error', '--colors=off', '.']);
  const bundles = runProcess(process.execPath, [join(root, 'scripts/run.mjs'), 'build']);
  const calibration = [
    '--conditions=@assay-ml/source',
    '--import',
    'tsx',
    join(root, 'scripts/calibrate.ts'),
    '--quick',
  ];
  const simulations = runProcess(process.execPath, calibration);
  const chromium = providePrograms();
  await checkProcess('types (tsc --noEmit)', types);
  await checkProcess('format and lint (biome check; "npm run format" repairs most)', lint);
  count('imports', checkImports(root).join('\n'));
  await checkProcess('build of server and dashboard (npm run build)', bundles);
  await checkProcess('calibration (npm run calibrate -- --quick)', simulations.then(onlyFailures));
  await runTests(await chromium);
}

function tellTotal(): void {
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
}

/** Of all that was simulated, what failed; everything where it ended in another way. */
function onlyFailures({ code, output }: Finished): Finished {
  const failed = output.split('\n').filter((line) => line.includes('FAILED'));
  return { code, output: failed.join('\n') || output };
}

function node(args: string[]): Promise<Finished> {
  const [script = '', ...rest] = args;
  return runProcess(process.execPath, [join(modules, script), ...rest]);
}

async function checkProcess(name: string, process: Promise<Finished>): Promise<void> {
  const { code, output } = await process;
  count(name, code === 0 ? '' : output.trim() || `ended with code ${code}`);
}

function count(name: string, problem: string): void {
  if (problem === '') total.passed++;
  else fail(name, problem);
}

function fail(name: string, problem: string): void {
  total.failed++;
  console.log(`✗ ${name}\n${indent(problem, maxLinesToldOfOne)}\n`);
}

function indent(text: string, maxLines: number): string {
  const lines = text.trim().split('\n');
  const more = lines.length - maxLines;
  const told = more > 0 ? [...lines.slice(0, maxLines), `… ${more} lines more`] : lines;
  return told.map((line) => `  ${line}`).join('\n');
}

function runProcess(program: string, args: string[], options: SpawnOptions = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const how: SpawnOptions = { cwd: root, ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] };
    const child = spawn(program, args, how);
    children.add(child);
    let output = '';
    const deadline = setTimeout(() => {
      output += `\nit did not end within ${endWithinMs / 60_000} minutes and was stopped\n`;
      endGroup(child);
    }, endWithinMs);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const finish = (code: number | null, text: string) => {
      clearTimeout(deadline);
      children.delete(child);
      resolve({ code, output: text });
    };
    child.once('error', (error) => finish(null, error.message));
    child.once('close', (code) => finish(code, output));
  });
}

/** Asks a child to end and, when that is of no use (a test in an endless loop), kills it and its own children. */
function endGroup(child: ReturnType<typeof spawn>): void {
  const { pid } = child;
  if (pid === undefined) return;
  child.kill('SIGTERM');
  setTimeout(() => {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The group has ended.
    }
  }, graceMs);
}

/**
 * Path of a Chromium for the browser tests, installed when that is possible, as are python3 and curl, which examples in other
 * languages need; an empty string without browser tests.
 */
async function providePrograms(): Promise<string | undefined> {
  const others = ['python3', 'curl'].filter((name) => !isOnPath(name));
  const chromium = hasTests('test/e2e') ? findChromium() : '';
  if (chromium !== undefined && others.length === 0) return chromium;
  const wanted = [...others, ...(chromium === undefined ? ['chromium'] : [])].join(' ');
  const commands = `apt-get update && apt-get install -y --no-install-recommends ${wanted}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    if (chromium !== undefined) return chromium; // The tests that need the others say so.
    fail('browser tests', `Chromium is missing: install it (${commands}), or set CHROMIUM_PATH to its program.`);
    return undefined;
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const installed = await runProcess('/bin/sh', ['-c', commands], { env });
  const path = chromium ?? findChromium();
  if (path === undefined) {
    const tail = installed.output.trim().split('\n').slice(-5).join('\n');
    fail('browser tests', `Chromium could not be installed (${commands}):\n${tail}`);
  }
  return path;
}

const foldersOnPath = (process.env.PATH ?? '').split(':');
const isOnPath = (name: string) => foldersOnPath.some((folder) => existsSync(join(folder, name)));

function findChromium(): string | undefined {
  const onPath = foldersOnPath.flatMap((folder) =>
    ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)),
  );
  const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  const asked = process.env.CHROMIUM_PATH;
  return (asked ? [asked] : [...onPath, mac]).find((path) => existsSync(path));
}

function hasTests(folder: string): boolean {
  if (!existsSync(join(root, folder))) return false;
  return readdirSync(join(root, folder), { recursive: true }).some((name) => String(name).endsWith('.test.ts'));
}

const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

async function runTests(chromium: string | undefined): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-gate-'));
  try {
    const file = join(folder, 'report.json');
    const projects = ['unit', 'integration', ...(chromium === undefined ? [] : ['e2e'])];
    const args = [
      ...['run', '--reporter=json', `--outputFile=${file}`],
      ...projects.flatMap((name) => ['--project', name]),
    ];
    const env = { ...process.env, NO_COLOR: '1', ...(chromium && { CHROMIUM_PATH: chromium }) };
    const vitest = join(modules, 'vitest/vitest.mjs');
    const { code, output } = await runProcess(process.execPath, ['--conditions=@assay-ml/source', vitest, ...args], {
      env,
    });
    const before = { ...total };
    if (existsSync(file)) tellTests(report.parse(JSON.parse(readFileSync(file, 'utf8'))), output);
    const ran = total.passed - before.passed + total.failed - before.failed;
    if (ran === 0) fail('tests', `vitest ran no tests.\n${output.trim()}`);
    // Errors outside a test (an unhandled rejection, a leak in teardown, a crash) show in the exit code alone.
    else if (code !== 0 && total.failed === before.failed) fail('tests', `vitest failed: ${output.trim()}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tellTests(result: z.infer<typeof report>, output: string): void {
  let failedTests = 0;
  for (const file of result.testResults) {
    const name = relative(root, file.name);
    for (const test of file.assertionResults) {
      if (test.status === 'passed') total.passed++;
      else if (test.status === 'failed') {
        failedTests++;
        fail(`${name}: ${test.fullName}`, (test.failureMessages ?? []).join('\n').trim() || 'failed without a message');
      } else total.skipped++;
    }
    // A file that cannot be loaded, or whose hooks fail, may have no failed test.
    if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) {
      failedTests++;
      fail(name, file.message?.trim() || 'the file failed outside its tests');
    }
  }
  if (failedTests > 0 && output.trim() !== '') {
    console.log(`output of the tests:\n${indent(output, maxLinesToldOfOne)}\n`);
  }
}

try {
  await main();
} catch (error) {
  fail('the gate itself', error instanceof Error ? (error.stack ?? error.message) : String(error));
}
tellTotal();
