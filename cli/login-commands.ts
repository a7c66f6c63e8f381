import type { Command } from 'commander';
import type { Session } from '../server/contract/catalog.ts';
import { adminApi } from './admin-api.ts';
import { CliError } from './cli-error.ts';
import { findLogin, type GlobalOptions, globalOptions, profileOf, serverUrl } from './connection.ts';
import { askSecret, askText, isInteractive, readStdin } from './questions.ts';
import { loginsFile, readLogins, writeLogins } from './stored-logins.ts';
import { print, printJson, tell } from './terminal.ts';

export function addLoginCommands(program: Command): void {
  program
    .command('login')
    .description('keep the address of a server and an admin key for it')
    .option('--key-stdin', 'read the key from standard input')
    .addHelpText(
      'after',
      `
The key is asked for without echo, unless ASSAY_KEY or --key-stdin gives it. Make one in the dashboard, or with
POST /api/keys. It is kept in $XDG_CONFIG_HOME/assay/config.json, readable by you only, one server a profile.

Examples:
  $ assay login --url https://assay.example.com
  $ assay login --profile staging --url https://staging.example.com --key-stdin < key.txt`,
    )
    .action((options: { keyStdin?: boolean }, command: Command) => login(globalOptions(command), options));
  program
    .command('logout')
    .description('forget the stored key')
    .addHelpText(
      'after',
      '\nThe key stays valid: revoke it in the dashboard.\n\nExample:\n  $ assay logout --profile staging',
    )
    .action((_options: object, command: Command) => logout(profileOf(globalOptions(command))));
  program
    .command('whoami')
    .description('which server, environment and key the next command would use')
    .addHelpText('after', '\nExample:\n  $ assay whoami --json')
    .action((_options: object, command: Command) => whoAmI(globalOptions(command)));
}

async function login(options: GlobalOptions, { keyStdin }: { keyStdin?: boolean }): Promise<void> {
  const profile = profileOf(options);
  const logins = await readLogins();
  const url = serverUrl(options.url ?? (process.env.ASSAY_URL || (await askUrl(logins[profile]?.url))));
  const key = (keyStdin ? await readStdin() : process.env.ASSAY_KEY || (await askKey(url))).trim();
  if (!/^\S+$/.test(key)) throw new CliError('The key is empty or has blanks in it: give one admin key.');
  warnOfPlainHttp(url);
  const session = await adminApi({ url, key }).get<Session>('/api/session');
  await writeLogins({ ...logins, [profile]: { url, key } });
  if (options.json) printJson(described(url, profile, session));
  else print(`Logged in to ${url} ${asWhom(session)}. The key is kept in ${loginsFile()}, readable by you only.`);
}

async function askUrl(known: string | undefined): Promise<string> {
  const usual = known ?? 'http://localhost:4000';
  if (!isInteractive()) throw new CliError('Which server? Add --url https://your-assay-server, or set ASSAY_URL.');
  return (await askText(`Address of the server [${usual}]: `)) || usual;
}

function askKey(url: string): Promise<string> {
  if (!isInteractive()) throw new CliError('No key: pipe it in with --key-stdin, or set ASSAY_KEY.');
  return askSecret(`Admin key for ${url} (not shown): `);
}

function warnOfPlainHttp(url: string): void {
  const { protocol, hostname } = new URL(url);
  const isLocal = hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
  if (protocol === 'http:' && !isLocal) tell(`Warning: ${url} is not encrypted; others may read the key on its way.`);
}

async function logout(profile: string): Promise<void> {
  const { [profile]: removed, ...rest } = await readLogins();
  if (!removed) {
    print(`Nothing to forget: there is no login${profile === 'default' ? '' : ` under the profile "${profile}"`}.`);
    return;
  }
  await writeLogins(rest);
  print(`Forgot the key for ${removed.url}. It stays valid until it is revoked in the dashboard.`);
}

async function whoAmI(options: GlobalOptions): Promise<void> {
  const found = await findLogin(options);
  const session = await adminApi(found).get<Session>('/api/session');
  if (options.json) printJson(described(found.url, found.source === 'profile' ? found.profile : null, session));
  else print(`${found.url} ${asWhom(session)}; key from ${keySource(found)}.`);
}

const keySource = ({ source, profile }: { source: string; profile: string }) =>
  source === 'profile' ? `the profile "${profile}"` : source;

const asWhom = ({ name, project, environment }: Session) =>
  `as "${name}" (project ${project}, environment ${environment})`;

const described = (url: string, profile: string | null, { name, project, environment }: Session) => ({
  url,
  profile,
  name,
  project,
  environment,
});
