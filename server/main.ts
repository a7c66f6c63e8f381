import { fileURLToPath } from 'node:url';
import { readConfig } from './config.ts';
import { createLog } from './log.ts';
import { explainAndExit, stopOnSignals } from './process-end.ts';
import { runWorker } from './processes/worker.ts';
import { startServer } from './start.ts';

/** The production server: `npm start`. It starts this very program again, with `--worker`, for each of its workers. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config);
  const starting = startServer(config, log, undefined, fileURLToPath(import.meta.url));
  stopOnSignals(
    async () => (await starting).stop(),
    (error) => log.error({ err: error }, 'stopping failed'),
  );
  const server = await starting;
  if (server.newAdminKey) {
    console.log(`\nFirst start. Your admin key, shown this once:\n\n  ${server.newAdminKey}\n`);
    console.log(`Or sign in with this link (12 hours):\n\n  ${await server.signInLink()}\n`);
  }
}

if (process.argv.includes('--worker')) runWorker();
else await main().catch(explainAndExit);
