import { ConfigError } from './config.ts';
import { EmbeddedPostgresError } from './postgres/embedded-postgres-error.ts';
import { StartError } from './start.ts';

/** SIGTERM and SIGINT stop once, in order; a second signal ends at once. */
export function stopOnSignals(stop: () => Promise<void>, onError: (error: unknown) => void): void {
  let stopping = false;
  const onSignal = () => {
    if (stopping) process.exit(1);
    stopping = true;
    stop().then(
      () => process.exit(0),
      (error) => {
        onError(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('SIGHUP', onSignal);
}

/** What people should read on a failed start: one line, exit code 1. */
export function explainAndExit(error: unknown): never {
  const known = error instanceof StartError || error instanceof ConfigError || error instanceof EmbeddedPostgresError;
  console.error(known ? error.message : error);
  process.exit(1);
}
