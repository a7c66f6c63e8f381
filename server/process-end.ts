import { ConfigError } from './config.ts';
import { EmbeddedPostgresError } from './postgres/embedded-postgres-error.ts';
import { StartError } from './start-error.ts';

/** Ctrl-C under npm arrives twice, from the terminal and from npm: only a later signal is a second one. */
const SAME_SIGNAL_MS = 1_000;

/** SIGTERM, SIGINT and SIGHUP stop once, in order; whoever insists a second later ends it at once. */
export function stopOnSignals(stop: () => Promise<void>, onError: (error: unknown) => void): void {
  let stoppingSince: number | null = null;
  const onSignal = () => {
    if (stoppingSince !== null) {
      if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
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
