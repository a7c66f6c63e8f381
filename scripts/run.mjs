// node scripts/run.mjs build | start | demo | dev | backup | restore | assay | build-cli
//
// build: bundles the server and the demo (esbuild), the dashboard (vite) and the command line, each only when its sources
// changed.
// start, demo: build when needed, then run the bundle in this very process, so that signals reach it.
// backup, restore: the same with the bundle of server/archive; they need no dashboard.
// assay: the command line, bundled into its own workspace; build-cli only bundles it.
// dev: the server, restarted on changes, and vite's development server, both ended with this process.
//
// Sets ASSAY_ROOT, the folder in which the server finds migrations/ and dist/web/.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const entries = {
  'server/main': 'server/main.ts',
  'server/archive': 'server/archive/main.ts',
  'demo/demo': 'examples/demo.ts',
};
const commandLine = join(root, 'cli/dist/main.js');
const archive = () => run('server/archive', bundleServer, [mode, ...options]);
const modes = {
  // In turn: each stops esbuild when it is done.
  build: () => build().then(bundleCommandLine),
  start: () => run('server/main'),
  demo: () => run('demo/demo'),
  dev,
  backup: archive,
  restore: archive,
  assay: () => runFile(commandLine, bundleCommandLine, options),
  'build-cli': bundleCommandLine,
};

process.env.ASSAY_ROOT ??= root;
const [mode = '', ...options] = process.argv.slice(2);

try {
  const action = Object.hasOwn(modes, mode) ? modes[mode] : undefined;
  if (!action) throw new Error(`usage: node scripts/run.mjs ${Object.keys(modes).join(' | ')}`);
  await action();
} catch (error) {
  console.error(process.env.ASSAY_STACK || isBug(error) ? error : error.message);
  process.exit(1);
}

/** Problems of a person's set-up are one line; a mistake in our code needs its stack. */
function isBug(error) {
  const bugs = [TypeError, ReferenceError, SyntaxError, RangeError];
  return !(error instanceof Error) || bugs.some((kind) => error instanceof kind && error.constructor === kind);
}

async function run(name, make = build, args = options) {
  await runFile(join(dist, `${name}.js`), make, args);
}

async function runFile(bundle, make, args) {
  await make();
  if (!existsSync(bundle)) throw new Error(`the sources of ${bundle} are missing from this copy of the repository`);
  process.env.NODE_ENV ??= 'production';
  process.setSourceMapsEnabled(true);
  process.argv = [process.argv[0], bundle, ...args];
  await import(pathToFileURL(bundle).href);
}

async function build() {
  mkdirSync(dist, { recursive: true });
  // Settled, not raced: a failing bundle must not leave a build of the dashboard behind that nobody waits for.
  const results = await Promise.allSettled([bundleServer(), bundleDashboard()]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function bundleServer() {
  const present = Object.entries(entries).filter(([, source]) => existsSync(join(root, source)));
  const outputs = present.map(([name]) => join(dist, `${name}.js`));
  // Lines and files are enough for a stack; the sources again would cost each process 12 MB.
  const options = { entryPoints: Object.fromEntries(present), outdir: dist, sourcemap: true, sourcesContent: false };
  await whenChanged('server', ['server', 'sdk', 'stats', 'examples'], /\.(ts|json)$/, outputs, () => bundle(options));
}

/** Beside its own packages, in the workspace that is published. */
async function bundleCommandLine() {
  const options = { entryPoints: [join(root, 'cli/main.ts')], outfile: commandLine };
  const folders = ['cli', 'server/contract', 'sdk'];
  await whenChanged('cli', folders, /\.(ts|json)$/, [commandLine], () => bundle(options));
}

async function bundle(options) {
  const esbuild = await import('esbuild');
  try {
    const result = await esbuild.build({
      ...options,
      absWorkingDir: root,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      conditions: ['@assay-ml/source'],
      alias: workspaceSources(),
      logLevel: 'silent',
      write: false,
    });
    for (const file of result.outputFiles) writeWhole(file.path, file.contents);
  } finally {
    esbuild.stop();
  }
}

/** The sdk is a package to its users and a part of the bundle to us: without this it would stay an import. */
function workspaceSources() {
  const manifest = JSON.parse(readFileSync(join(root, 'sdk/package.json'), 'utf8'));
  return Object.fromEntries(
    Object.entries(manifest.exports)
      .filter(([, target]) => target['@assay-ml/source'])
      .map(([path, target]) => [manifest.name + path.slice(1), join(root, 'sdk', target['@assay-ml/source'])]),
  );
}

async function bundleDashboard() {
  const output = join(dist, 'web');
  const page = join(output, 'index.html');
  await whenChanged('web', ['web', 'server/contract', 'stats', 'sdk'], /./, [page], async () => {
    const fresh = `${output}.${process.pid}`;
    const old = `${output}.${process.pid}.old`;
    try {
      await vite(['build', '--config', 'web/vite.config.ts', '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn']);
      // Swapped at the end: a server that is running keeps a whole dashboard.
      if (existsSync(output)) renameSync(output, old);
      renameSync(fresh, output);
    } finally {
      for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** vite in a process of its own: its memory is free again before the server runs. */
function vite(args) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_ENV: 'production' };
    const child = spawn(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), ...args], { cwd: root, env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) {
        const [size] = /^First page .*$/m.exec(output) ?? [];
        if (size) console.log(size);
        resolve();
      } else reject(new Error(`the dashboard cannot be built: ${output.trim()}`));
    });
  });
}

/** Runs `make` unless the outputs are there and were made from the same contents. */
async function whenChanged(name, folders, pattern, outputs, make) {
  const stampFile = join(dist, `.${name}-sources`);
  const stamp = hashOf(folders, pattern);
  const known = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : '';
  if (known === stamp && outputs.every((file) => existsSync(file))) return;
  await make();
  writeWhole(stampFile, stamp);
}

function hashOf(folders, pattern) {
  const hash = createHash('sha256');
  const files = ['package-lock.json', 'sdk/package.json', 'scripts/run.mjs', ...folders.flatMap(filesIn)];
  for (const file of files.filter((path, index) => index < 3 || pattern.test(path))) {
    hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function filesIn(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter((entry) => entry.name !== 'node_modules' && entry.name !== 'dist' && entry.name !== 'data')
    .flatMap((entry) => (entry.isDirectory() ? filesIn(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]));
}

/** Another process never reads half a file. */
function writeWhole(file, contents) {
  mkdirSync(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, contents);
  renameSync(partial, file);
}

async function dev() {
  // One process restarts sooner than three.
  const env = { ASSAY_PROCESSES: '1', ...process.env, ASSAY_SERVER_PORT: process.env.PORT ?? '4000' };
  // Groups of their own: a Ctrl-C reaches them once, through us. At a second signal tsx would kill the server hard.
  const how = { cwd: root, env, detached: true, stdio: ['ignore', 'inherit', 'inherit'] };
  const start = (program, args) => spawn(process.execPath, [join(root, 'node_modules', program), ...args], how);
  const children = [
    start('tsx/dist/cli.mjs', [
      'watch',
      '--clear-screen=false',
      '--conditions=@assay-ml/source',
      'server/main.ts',
      ...options,
    ]),
    start('vite/bin/vite.js', ['--config', 'web/vite.config.ts', '--clearScreen', 'false']),
  ];
  const ends = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  let asked = false;
  let stopped = false;
  const stop = () => {
    if (!stopped) for (const child of children) child.kill('SIGTERM');
    stopped = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      asked = true;
      stop();
    });
  }
  // When one ends, whoever asked, the other must not stay.
  await Promise.race(ends);
  stop();
  await Promise.all(ends);
  process.exit(asked ? 0 : 1);
}
