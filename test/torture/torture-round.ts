import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { type Dice, diceFrom } from './dice.ts';
import { type Stage, strike } from './faults.ts';
import { checkFinalReports, isSettled } from './final-reports.ts';
import { rawSender } from './raw-sender.ts';
import { type RoughLine, roughLine } from './rough-line.ts';
import { type CallTotals, type SdkCaller, sdkCaller } from './sdk-caller.ts';
import { checkStored, type StoredTally } from './stored-check.ts';
import { ADMIN_KEY, apiOf, makeExperiments, type TorturedExperiment } from './torture-experiments.ts';
import { ownDatabase, sharedDatabase, signal, type TorturedDatabase, withPool } from './tortured-database.ts';
import { type TorturedServer, torturedServer } from './tortured-server.ts';
import { createWireLedger, type WireLedger } from './wire-ledger.ts';

/** Two servers of one process each share a PostgreSQL; or one, as started by default: two workers, and a PostgreSQL of its own. */
export const LAYOUTS = ['two servers', 'own PostgreSQL'] as const;
export type Layout = (typeof LAYOUTS)[number];

export interface RoundOptions {
  seed: number;
  layout: Layout;
  /** Of faults; setting up, calming down and checking come on top. */
  seconds: number;
  /** Names of `FAULTS`. */
  kinds: readonly string[];
  /** By `bundleServer`. */
  program: string;
  /** Told what is going on, in a few words. */
  onStep(text: string): void;
}

export interface RoundResult {
  /** Empty: the round is passed. */
  violations: string[];
  /** Faults by kind. */
  faults: Map<string, number>;
  statuses: Map<string, number>;
  batches: { sent: number; acknowledged: number; malformed: number };
  events: StoredTally;
  sdk: CallTotals;
  cuts: number;
  stalls: number;
  /** Errors in the logs of the servers, by their message: some are due. */
  logged: Map<string, number>;
}

const ROLLED_WITHIN_MS = 60_000;

/** One system from nothing: set up, tortured, calmed and checked. */
export async function tortureRound({
  seed,
  layout,
  seconds,
  kinds,
  program,
  onStep,
}: RoundOptions): Promise<RoundResult> {
  const dice = diceFrom(seed);
  const ledger = createWireLedger();
  const folder = mkdtempSync(join(tmpdir(), 'assay-torture-'));
  const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    onStep('starting');
    const system = await setUp(layout, { dice, folder, program, ledger, undo });
    const { sdkKey, experiments } = await makeExperiments(apiOf(system.servers[0]!.port));
    const stage = await startClients(system, { dice, ledger, sdkKey, experiments });
    const faults = new Map<string, number>();
    await strike(stage, seconds, kinds, (name) => {
      onStep(name);
      faults.set(name, (faults.get(name) ?? 0) + 1);
    });
    onStep('calm: delivering what is queued');
    await calm(stage, ledger);
    onStep('checking');
    const events = await checkAll(system, { folder, ledger, experiments });
    return tell(stage, ledger, { events, faults, logged: system.logged });
  } finally {
    for (const each of undo.reverse()) await each();
  }
}

interface System {
  servers: TorturedServer[];
  database: TorturedDatabase;
  front: RoughLine;
  back: RoughLine | null;
  logged: Map<string, number>;
}

interface Round {
  dice: Dice;
  ledger: WireLedger;
  folder: string;
  program: string;
  /** In the order in which it was made; undone backwards. */
  undo: (() => unknown)[];
}

async function setUp(layout: Layout, { dice, ledger, folder, program, undo }: Round): Promise<System> {
  const { violations } = ledger;
  const serverFolder = join(folder, 'server');
  const shares = layout === 'two servers';
  const database = shares ? await sharedDatabase(join(folder, 'shared')) : ownDatabase(serverFolder);
  undo.push(() => database.stop());
  const back = shares ? await roughLine(dice.split(), portOf(await database.url())) : null;
  if (back) undo.push(() => back.close());
  const env = { ASSAY_ADMIN_KEY: ADMIN_KEY, ASSAY_DATA_DIR: serverFolder };
  const shared = back
    ? { ...env, ASSAY_PROCESSES: '1', DATABASE_URL: withPort(await database.url(), back.port) }
    : { ...env, ASSAY_PROCESSES: '2' };
  const names = shares ? ['server 1', 'server 2'] : ['server'];
  const servers: TorturedServer[] = [];
  const logged = new Map<string, number>();
  for (const name of names) servers.push(await torturedServer({ name, program, env: shared, violations, logged }));
  undo.push(() => Promise.all(servers.map((server) => server.kill())));
  // Ctrl-C, or a fault of the test itself: nothing may stay.
  const lastResort = () => {
    for (const pid of [...servers.map((server) => server.pid()), database.pid()])
      if (pid !== null) signal(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', lastResort);
  undo.push(() => process.off('exit', lastResort));
  await Promise.all(servers.map((server) => server.start()));
  const lineDice = dice.split();
  const front = await roughLine(lineDice, () => {
    // Like most balancers it knows the state of a server a little late.
    const up = servers.filter((server) => server.isUp());
    return lineDice.pick(up.length > 0 && lineDice.chance(0.9) ? up : servers).port;
  });
  undo.push(() => front.close());
  return { servers, database, front, back, logged };
}

const portOf = (url: string) => () => Number(new URL(url).port);

function withPort(url: string, port: number): string {
  const altered = new URL(url);
  altered.port = String(port);
  return altered.href;
}

interface Client {
  dice: Dice;
  ledger: WireLedger;
  sdkKey: string;
  experiments: readonly TorturedExperiment[];
}

async function startClients(system: System, { dice, ledger, sdkKey: key, experiments }: Client): Promise<Stage> {
  const url = `http://127.0.0.1:${system.front.port}`;
  const callers: SdkCaller[] = [];
  for (const name of ['anna', 'ben', 'cem']) {
    callers.push(await sdkCaller({ name, url, key, dice: dice.split(), ledger, callsPerSecond: 300 }));
  }
  const raw = rawSender({ url, key, dice: dice.split(), ledger, experiment: experiments[0]!, batchesPerSecond: 20 });
  return { ...system, dice: dice.split(), callers, raw, acknowledged: () => ledger.acknowledged, aftermath: new Set() };
}

/** The faults are over: what was ended is back, what was queued is delivered and rolled up, and the servers end in order. */
async function calm(stage: Stage, ledger: WireLedger): Promise<void> {
  while (stage.aftermath.size > 0) await Promise.all(stage.aftermath);
  await Promise.all([stage.raw.finish(), ...stage.callers.map((caller) => caller.finish())]);
  const isRolled = await withPool(await stage.database.url(), (pool) => isSettled(pool, ROLLED_WITHIN_MS, 'batches'));
  if (!isRolled) ledger.violations.push(`not all was rolled up within ${ROLLED_WITHIN_MS / 1000} s of calm`);
  await Promise.all(stage.servers.map((server) => server.stop()));
}

async function checkAll(
  { database }: System,
  { folder, ledger, experiments }: { folder: string; ledger: WireLedger; experiments: readonly TorturedExperiment[] },
): Promise<StoredTally> {
  await database.revive();
  let tally: StoredTally = { sent: 0, acknowledged: 0, stored: 0 };
  const check = async (pool: pg.Pool) => {
    tally = await checkStored(pool, ledger);
  };
  const problems = await checkFinalReports(await database.url(), join(folder, 'final'), experiments, check);
  ledger.violations.push(...problems);
  return tally;
}

function tell(
  stage: Stage,
  ledger: WireLedger,
  { events, faults, logged }: Pick<RoundResult, 'events' | 'faults' | 'logged'>,
): RoundResult {
  const sdk: CallTotals = { owed: 0, sent: 0, dropped: {} };
  for (const { totals } of stage.callers) {
    sdk.owed += totals.owed;
    sdk.sent += totals.sent;
    for (const [cause, count] of Object.entries(totals.dropped)) sdk.dropped[cause] = (sdk.dropped[cause] ?? 0) + count;
  }
  const lines = [stage.front, ...(stage.back ? [stage.back] : [])];
  return {
    violations: ledger.violations,
    faults,
    statuses: ledger.statuses,
    batches: { sent: ledger.batches.size, acknowledged: ledger.acknowledged, malformed: stage.raw.poisonBatches },
    events,
    sdk,
    cuts: lines.reduce((sum, line) => sum + line.cuts, 0),
    stalls: lines.reduce((sum, line) => sum + line.stalls, 0),
    logged,
  };
}
