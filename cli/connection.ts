import type { Command } from 'commander';
import { type AdminApi, adminApi } from './admin-api.ts';
import { CliError, EXIT } from './cli-error.ts';
import { type Login, readLogins } from './stored-logins.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  url?: string;
  profile?: string;
  json?: boolean;
}

export interface FoundLogin extends Login {
  /** Where the key came from. */
  source: 'ASSAY_KEY' | 'profile';
  profile: string;
}

export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

export const profileOf = ({ profile }: GlobalOptions): string => profile ?? (process.env.ASSAY_PROFILE || 'default');

export async function connectTo(command: Command): Promise<AdminApi> {
  return adminApi(await findLogin(globalOptions(command)));
}

/** Options go before the environment, and that before what a login has stored. */
export async function findLogin(options: GlobalOptions): Promise<FoundLogin> {
  const profile = profileOf(options);
  const stored = (await readLogins())[profile];
  const asked = options.url ?? (process.env.ASSAY_URL || undefined);
  const url = asked === undefined ? stored?.url : serverUrl(asked);
  if (url === undefined) {
    throw notLoggedIn(profile === 'default' ? 'Not logged in' : `Not logged in under the profile "${profile}"`);
  }
  if (process.env.ASSAY_KEY) return { url, key: process.env.ASSAY_KEY.trim(), source: 'ASSAY_KEY', profile };
  // A stored key never goes to another server than the one it was given for.
  if (stored?.url !== url) throw notLoggedIn(`Not logged in to ${url}`);
  return { ...stored, source: 'profile', profile };
}

function notLoggedIn(what: string): CliError {
  return new CliError(
    `${what}: run "assay login --url https://your-assay-server", or set ASSAY_URL and ASSAY_KEY (an admin key).`,
    { exitCode: EXIT.notLoggedIn },
  );
}

/** The address as it is stored and compared: without a slash at its end. */
export function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash) {
    throw new CliError(`"${text}" is not the address of a server: write it like https://assay.example.com.`);
  }
  return url.href.replace(/\/+$/, '');
}
