import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder of somebody else, with the package as npm would publish it in its node_modules, and nothing else. */
export interface Stranger {
  folder: string;
  /** The package in node_modules. */
  installed: string;
  manifest: { exports?: Record<string, unknown>; bin?: Record<string, string>; dependencies?: Record<string, string> };
  /** Paths within the package. */
  files: string[];
  /** Gives it a package that the workspace has. */
  link(name: string): void;
  /** Output of `node file` in the folder. */
  node(...args: string[]): string;
  remove(): void;
}

/** Packs a workspace by `npm pack`, which builds it first, and unpacks it as an installation would; no network is needed. */
export function packFor(workspace: 'sdk' | 'cli'): Stranger {
  const folder = mkdtempSync(join(tmpdir(), `assay-pack-${workspace}-`));
  const source = workspace === 'sdk' ? stage() : join(root, workspace);
  const npm = process.env.npm_execpath;
  const [command, before] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  try {
    execFileSync(command, [...before, 'pack', '--silent', '--offline', '--pack-destination', folder], { cwd: source });
  } finally {
    if (workspace === 'sdk') rmSync(dirname(source), { recursive: true });
  }
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) throw new Error(`npm pack made no archive of ${workspace}`);
  const installed = join(folder, 'node_modules/@assay-ml', workspace);
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, archive), '--strip-components=1', '-C', installed]);
  return {
    folder,
    installed,
    manifest: JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')),
    files: filesBelow(installed).sort(),
    link(name) {
      const target = join(folder, 'node_modules', name);
      mkdirSync(dirname(target), { recursive: true });
      const own = join(root, workspace, 'node_modules', name);
      symlinkSync(existsSync(own) ? own : join(root, 'node_modules', name), target);
    },
    node: (...args) =>
      execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env: {}, timeout: 20_000 }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A copy of the SDK's sources where its build disturbs nobody. */
function stage(): string {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache/pack-'));
  cpSync(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  const isSource = (path: string) => !/[\\/](node_modules|dist)$/.test(path);
  cpSync(join(root, 'sdk'), join(folder, 'sdk'), { recursive: true, filter: isSource });
  return join(folder, 'sdk');
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
