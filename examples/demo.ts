import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Assay, connect } from '@assay-ml/sdk';
import { type Config, readConfig } from '../server/config.ts';
import { createLog } from '../server/log.ts';
import { explainAndExit, stopOnSignals } from '../server/process-end.ts';
import { fromRoot } from '../server/repository-root.ts';
import { type RunningServer, startServer } from '../server/start.ts';
import { StartError } from '../server/start-error.ts';
import { type AssayApi, assayApi } from './assay-api.ts';
import { openFeeds, serveReaders } from './feed/feed.ts';
import { FEED_PLANS } from './feed/feed-plans.ts';
import { finishedReplay, replay } from './get-out-the-vote/replay.ts';
import { progressBar } from './progress-bar.ts';
import { openShop, serveVisitors } from './shop/shop.ts';

/**
 * `npm run demo`: a server of its own, a real experiment replayed through the SDK over HTTP, and simulated ones in every
 * mode with live traffic. Data are kept, so that a second run starts in seconds.
 */
async function main(): Promise<void> {
  const settings = readConfig({ LOG_LEVEL: 'warn', ...process.env });
  const keys = await demoKeys(settings);
  const log = createLog(settings);
  const ending = new AbortController();
  setMaxListeners(0, ending.signal); // one a visitor who is on his way
  const starting = startServer({ ...settings, adminKey: keys.admin }, log);
  let traffic: Promise<unknown> = Promise.resolve();
  const stop = async () => {
    if (ending.signal.aborted) return;
    ending.abort();
    const server = await starting.catch(() => null);
    await traffic;
    await server?.stop();
  };
  stopOnSignals(stop, (error) => log.error({ err: error }, 'stopping failed'));
  stopWithParent(stop);
  const server = await starting;
  try {
    const api = assayApi(localUrl(server), keys.admin);
    const sdkKey = await sdkKeyOf(api, settings);
    const client = () => connect({ url: localUrl(server), key: sdkKey, maxQueueEvents: 200_000 });
    traffic = run(server, api, client, ending.signal);
    await traffic;
  } catch (error) {
    if (ending.signal.aborted) return;
    await server.stop();
    throw error;
  }
}

async function run(
  server: RunningServer,
  api: AssayApi,
  client: () => Promise<Assay>,
  signal: AbortSignal,
): Promise<void> {
  const first = (await finishedReplay(api)) === null;
  if (first) {
    console.log('Replaying the field experiment "Social pressure and voter turnout": 305,866 people, 917,598 events.');
    const bar = progressBar();
    await replay(api, client, fromRoot('examples', 'data', 'social.csv.gz'), (share, label) => {
      signal.throwIfAborted();
      bar(share, label);
    });
    console.log('Units, rates, differences, standard errors and sample ratio equal the published results.');
  }
  await openShop(api);
  await openFeeds(api);
  const assay = await client();
  const key = (await finishedReplay(api)) ?? 'get-out-the-vote';
  console.log(`
Assay is running at ${server.url}

  Sign in        ${await server.signInLink()}
  Real data      ${server.url}/experiments/${key}
  A/B test       ${server.url}/experiments/two-tower-recommender   (live traffic)
  All modes      ${server.url}/experiments/${FEED_PLANS[0].experiment}   (live traffic; it moves on by itself)
  A mode each    ${server.url}   (canary, interleaving, bandit: live traffic)
  API            ${server.url}/docs

Ctrl-C ends it; the data stay for the next run.`);
  await Promise.all([
    serveVisitors(assay, { opening: first, signal }),
    serveReaders(assay, { opening: first, signal }),
  ]);
  await assay.close();
}

/** Keys of the demo, kept beside its data and readable by their owner only. */
async function demoKeys({ dataDir, adminKey }: Config): Promise<{ admin: string }> {
  if (adminKey) return { admin: adminKey };
  const file = join(dataDir, 'demo-admin-key');
  try {
    return { admin: (await readFile(file, 'utf8')).trim() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unusable(dataDir, error);
  }
  const admin = `assay_admin_${randomBytes(24).toString('base64url')}`;
  try {
    await mkdir(dataDir, { recursive: true });
    await writeFile(file, `${admin}\n`, { mode: 0o600 });
  } catch (error) {
    throw unusable(dataDir, error);
  }
  return { admin };
}

async function sdkKeyOf(api: AssayApi, { dataDir }: Config): Promise<string> {
  const file = join(dataDir, 'demo-sdk-key');
  const { keys } = await api.get<{ keys: { prefix: string }[] }>('/api/keys');
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept && keys.some((each) => kept.startsWith(each.prefix))) return kept.trim();
  const { secret } = await api.post<{ secret: string }>('/api/keys', { kind: 'sdk', name: 'demo' });
  await writeFile(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}

/** The demo talks to itself directly, whatever address it tells people. */
function localUrl(server: RunningServer): string {
  const { publicUrl } = server.services.config;
  return publicUrl ? `http://localhost:${server.port}` : server.url;
}

function unusable(dataDir: string, error: unknown): StartError {
  const reason = error instanceof Error ? error.message : String(error);
  return new StartError(
    `Cannot use the data folder ${dataDir}: ${reason}. Set ASSAY_DATA_DIR to a folder you may write to.`,
  );
}

/** npm may be killed without a chance to pass the signal on: its end is then seen by our having a new parent. */
function stopWithParent(stop: () => Promise<void>): void {
  if (process.env.npm_lifecycle_event !== 'demo') return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void stop().finally(() => process.exit(1));
  }, 1_000).unref();
}

await main().catch(explainAndExit);
