// Installs the packages of package-lock.json when node_modules lacks them. Runs before the npm scripts, also in a fresh
// clone and on a Node that is too old: plain JavaScript, no dependency.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(root, 'package-lock.json');
const installedFile = join(root, 'node_modules/.package-lock.json');
const stampFile = join(root, 'node_modules/.assay-installed');
const mutex = join(root, '.cache/install.lock');

main();

function main() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Assay needs Node 20.19 or newer; this is ${process.version}. Install a newer one from https://nodejs.org.`);
  }
  if (hasStamp()) return;
  acquire();
  try {
    // Another process may have installed while this one waited.
    if (hasStamp()) return;
    if (differences().length > 0) install();
    writeFileSync(stampFile, stamp());
  } finally {
    rmSync(mutex, { recursive: true, force: true });
  }
}

function hasStamp() {
  try {
    return readFileSync(stampFile, 'utf8') === stamp();
  } catch {
    return false;
  }
}

/** Changes with the wanted packages, with the installed ones, and with the machine. */
function stamp() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of [lockFile, installedFile]) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/** Paths of packages that are missing or of another version. */
function differences() {
  const wanted = packagesOf(lockFile);
  const installed = packagesOf(installedFile);
  return Object.entries(wanted)
    .filter(([path]) => path.startsWith('node_modules/') || path.includes('/node_modules/'))
    .filter(([path, entry]) => {
      const present = existsSync(join(root, path));
      if (entry.link) return !present;
      if (!isForThisMachine(entry)) return false;
      // Optional packages without a platform are needed only by those of other platforms.
      if (entry.optional && !present && !entry.os && !entry.cpu) return false;
      const found = installed[path];
      return !present || found?.version !== entry.version || found?.integrity !== entry.integrity;
    })
    .map(([path]) => path);
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

function isForThisMachine(entry) {
  const libc = process.platform === 'linux' && existsSync('/etc/alpine-release') ? 'musl' : 'glibc';
  return (
    allows(entry.os, process.platform) &&
    allows(entry.cpu, process.arch) &&
    (process.platform !== 'linux' || allows(entry.libc, libc))
  );
}

/** npm's lists name what is allowed, or, with "!", what is not. */
function allows(list, value) {
  if (list === undefined) return true;
  if (list.includes(`!${value}`)) return false;
  return list.every((item) => item.startsWith('!')) || list.includes(value) || list.includes('any');
}

function install() {
  process.stderr.write('Installing packages, once; this may take a minute …\n');
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const [program, ...first] = npmCommand();
  const result = spawnSync(program, [...first, ...args], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (result.error || result.status !== 0) {
    const output = result.error?.message ?? `${result.stdout}${result.stderr}`.trim();
    fail(`"npm ci" failed:\n${output.split('\n').slice(0, 20).join('\n')}`);
  }
  const wanted = packagesOf(lockFile);
  const missing = differences();
  const required = missing.filter((path) => !wanted[path]?.optional);
  if (required.length > 0) fail(`"npm ci" ended well, but lacks ${required.slice(0, 5).join(', ')}.`);
  // Optional ones are let be: asking for them again would not help.
  if (missing.length > 0) process.stderr.write(`Optional packages could not be installed: ${missing.join(', ')}\n`);
}

/** The npm that runs this script, else the one beside Node, else the one on the PATH. */
function npmCommand() {
  const prefix = dirname(dirname(process.execPath));
  const candidates = [
    process.env.npm_execpath?.endsWith('npm-cli.js') ? process.env.npm_execpath : undefined,
    join(prefix, 'lib/node_modules/npm/bin/npm-cli.js'),
    join(dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js'),
  ];
  const found = candidates.find((file) => file !== undefined && existsSync(file));
  return found ? [process.execPath, found] : ['npm'];
}

/** One install at a time: a folder can be made only once. Waits for a living owner, replaces a dead one. */
function acquire() {
  mkdirSync(dirname(mutex), { recursive: true });
  for (let told = false; ; pause(200)) {
    try {
      mkdirSync(mutex);
      writeFileSync(join(mutex, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`Cannot write ${mutex}: ${error.message}`);
    }
    if (isAbandoned()) {
      const aside = `${mutex}.${process.pid}`;
      try {
        renameSync(mutex, aside);
      } catch {
        // Another process was faster.
      }
      rmSync(aside, { recursive: true, force: true });
    } else if (!told) {
      told = true;
      process.stderr.write('Waiting for another process that installs packages …\n');
    }
  }
}

function isAbandoned() {
  // The owner writes its pid right after it made the folder, so its absence is looked at twice.
  if (!readPid()) pause(500);
  const pid = readPid();
  if (!pid) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code !== 'EPERM';
  }
}

function readPid() {
  try {
    return Number(readFileSync(join(mutex, 'pid'), 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function pause(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  if (readPid() === process.pid) rmSync(mutex, { recursive: true, force: true });
  process.exit(1);
}
