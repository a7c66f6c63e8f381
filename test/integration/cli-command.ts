import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** The built command as people run it, with a home of its own. */
export interface CliCommand {
  /** Folder of its own, for files. */
  folder: string;
  run(args: string[], options?: { env?: Record<string, string>; stdin?: string }): Promise<CliResult>;
  /** Standard output of a run with `--json` that ended well. */
  json<T>(args: string[]): Promise<T>;
  remove(): void;
}

export interface CliResult {
  status: number | null;
  stdout: string;
  stderr: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

export function cliCommand(): CliCommand {
  execFileSync(process.execPath, [join(root, 'scripts/run.mjs'), 'build-cli']);
  const folder = mkdtempSync(join(tmpdir(), 'assay-test-cli-'));
  const { ASSAY_URL: _url, ASSAY_KEY: _key, ASSAY_PROFILE: _profile, FORCE_COLOR: _colour, ...inherited } = process.env;
  const run: CliCommand['run'] = async (args, { env = {}, stdin = '' } = {}) => {
    const child = spawn(process.execPath, [join(root, 'cli/dist/main.js'), ...args], {
      cwd: folder,
      env: { ...inherited, XDG_CONFIG_HOME: join(folder, 'config'), ...env },
    });
    child.stdin.end(stdin);
    const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { status, stdout, stderr };
  };
  return {
    folder,
    run,
    async json(args) {
      const { status, stdout, stderr } = await run([...args, '--json']);
      if (status !== 0) throw new Error(`assay ${args.join(' ')} ended with ${status}: ${stderr}`);
      return JSON.parse(stdout);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
