import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CliError } from './cli-error.ts';

/** A server and the admin key for it. */
export interface Login {
  url: string;
  key: string;
}

export type Logins = Record<string, Login>;

export function loginsFile(): string {
  return join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'assay', 'config.json');
}

/** What is stored, by the name of its profile; empty before the first login. */
export async function readLogins(): Promise<Logins> {
  const file = loginsFile();
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Object.create(null);
    throw new CliError(`Cannot read ${file}: ${(error as Error).message}.`);
  }
  try {
    const { profiles } = JSON.parse(text) as { profiles: Logins };
    const entries = Object.entries(profiles);
    if (entries.every(([, each]) => typeof each.url === 'string' && typeof each.key === 'string')) {
      return Object.assign(Object.create(null), Object.fromEntries(entries));
    }
  } catch {
    // Told below, together with what parses but is something else.
  }
  throw new CliError(`${file} is not a file of this command: delete it and run "assay login" again.`);
}

/** Readable by its owner only, and never half written. */
export async function writeLogins(profiles: Logins): Promise<void> {
  const file = loginsFile();
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const partial = `${file}.${process.pid}`;
    await writeFile(partial, `${JSON.stringify({ profiles }, null, 2)}\n`, { mode: 0o600 });
    await chmod(partial, 0o600);
    await rename(partial, file);
  } catch (error) {
    throw new CliError(`Cannot write ${file}: ${(error as Error).message}. Set XDG_CONFIG_HOME to a folder of yours.`);
  }
}
