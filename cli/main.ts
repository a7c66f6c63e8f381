#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { CliError, EXIT } from './cli-error.ts';
import { addExperimentCommands } from './experiment-commands.ts';
import { addExplainCommand } from './explain-command.ts';
import { addLoginCommands } from './login-commands.ts';
import { addMoveCommands } from './move-commands.ts';
import manifest from './package.json' with { type: 'json' };
import { addPlanCommands } from './plan-commands.ts';
import { addSlotCommands } from './slot-commands.ts';
import { paint, tell } from './terminal.ts';
import { addTypesCommand } from './types-command.ts';

function createProgram(): Command {
  const program = new Command('assay')
    .description('Slots, experiments and phases of an Assay server, from a terminal or CI.')
    .version(manifest.version)
    .option('--url <address>', 'the server (default: ASSAY_URL, or that of the login)')
    .option('--profile <name>', 'which stored login (default: ASSAY_PROFILE, or "default")')
    .option('--json', 'print data as JSON, in the shapes of the API (/docs)')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .showHelpAfterError('Add --help for how it is used.')
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 error, 2 "assay diff" or "assay types --check" found differences, 3 refused by the server's
rules, 4 not logged in.
Colours are left out when the output is no terminal, or NO_COLOR is set.`,
    );
  addLoginCommands(program);
  addSlotCommands(program);
  addExperimentCommands(program);
  addMoveCommands(program);
  addPlanCommands(program);
  addExplainCommand(program);
  addTypesCommand(program);
  return program;
}

async function main(): Promise<void> {
  // "assay … | head" ends the reader first.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : EXIT.error));
  try {
    await createProgram().parseAsync();
  } catch (error) {
    process.exitCode = explain(error);
  }
}

/** One sentence on standard error; a mistake in our own code shows its stack. */
function explain(error: unknown): number {
  // The command line was wrong, or help was asked for: commander has told it.
  if (error instanceof CommanderError) return error.exitCode;
  if (error instanceof CliError) tell(`${paint('red', 'Error:')} ${error.message}`);
  else console.error(error);
  return error instanceof CliError ? error.exitCode : EXIT.error;
}

await main();
