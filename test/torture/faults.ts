import { setTimeout as sleep } from 'node:timers/promises';
import type { Dice } from './dice.ts';
import type { RawSender } from './raw-sender.ts';
import { type RoughLine, SMOOTH } from './rough-line.ts';
import type { SdkCaller } from './sdk-caller.ts';
import { childrenOf, killBackend, killDatabase, signal, type TorturedDatabase } from './tortured-database.ts';
import type { TorturedServer } from './tortured-server.ts';

/** Everything that can be made to fail. */
export interface Stage {
  dice: Dice;
  servers: TorturedServer[];
  database: TorturedDatabase;
  /** Between clients and servers. */
  front: RoughLine;
  /** Between servers and database; null where the server has its own. */
  back: RoughLine | null;
  callers: SdkCaller[];
  raw: RawSender;
  /** Batches acknowledged so far. */
  acknowledged(): number;
  /** What goes on after a fault has struck: restarts, mostly. */
  aftermath: Set<Promise<unknown>>;
}

/** Strikes, when there is something to strike at; false where there never is. */
type Fault = (stage: Stage) => Promise<boolean>;

/** Between faults so much gets through, if it can in time. */
const BATCHES_BETWEEN = 10;
const WORKING_WITHIN_MS = 8_000;
/** A server, or its database, that is not back by then has failed. */
const UP_WITHIN_MS = 60_000;

/** Kinds of faults by the name that the summary shows. */
export const FAULTS: Record<string, Fault> = {
  'server killed': (stage) => endServer(stage, (server) => server.kill()),
  'server stopped by SIGTERM': (stage) => endServer(stage, (server) => server.stop()),
  'server frozen': async (stage) => {
    const server = await upServer(stage);
    later(stage, server.freeze(stage.dice.between(200, 2_000)));
    return true;
  },
  'server process killed': async (stage) => {
    const parent = (await upServer(stage)).pid();
    const children = parent === null ? [] : childrenOf(parent);
    const workers = children.filter((pid) => pid !== stage.database.pid());
    return workers.length > 0 && signal(stage.dice.pick(workers), 'SIGKILL');
  },
  'all servers away, queues filled': async (stage) => {
    await upServer(stage);
    const up = stage.servers.filter((server) => server.isUp());
    await Promise.all(up.map((server) => server.kill()));
    for (const caller of stage.callers) caller.flood();
    await sleep(stage.dice.between(200, 1_500));
    for (const server of up) later(stage, server.start());
    return true;
  },
  'PostgreSQL killed': ({ database, dice }) => untilDone(() => killDatabase(database, dice.between(0, 400))),
  'a process of PostgreSQL killed': ({ database, dice }) => untilDone(() => killBackend(database, dice)),
  'rough lines to the server': async ({ front, dice }) => {
    front.now = { cut: dice.between(0.02, 0.15), stall: 0.2, stallMs: 800 };
    await sleep(dice.between(800, 2_000));
    front.now = SMOOTH;
    return true;
  },
  'all lines to the server cut': async ({ front }) => {
    front.cutAll();
    return true;
  },
  'rough lines to the database': async ({ back, dice }) => {
    if (!back) return false;
    back.now = { cut: dice.between(0, 0.02), stall: 0.2, stallMs: 200 };
    await sleep(dice.between(800, 2_000));
    // What is on its way now does not arrive.
    back.cutAll();
    back.now = SMOOTH;
    return true;
  },
  'all lines to the database cut': async ({ back }) => {
    back?.cutAll();
    return back !== null;
  },
  'old batches repeated': async (stage) => {
    later(stage, stage.raw.repeatOld(20));
    return true;
  },
  'client restarted': async (stage) => {
    later(stage, stage.dice.pick(stage.callers).restart());
    return true;
  },
};

/** Strikes in random order, every kind once a round of kinds, until the time is up and each was tried. */
export async function strike(
  stage: Stage,
  seconds: number,
  kinds: readonly string[],
  onFault: (name: string) => void,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  do {
    for (const name of stage.dice.shuffled(kinds)) {
      if (await FAULTS[name]?.(stage)) {
        onFault(name);
        await sleep(stage.dice.between(50, 600));
        // Most find a system that works again, some strike one that is down already.
        if (stage.dice.chance(0.7)) await untilWorking(stage);
      }
    }
  } while (Date.now() < deadline);
}

async function untilWorking({ acknowledged }: Stage): Promise<void> {
  const before = acknowledged();
  const deadline = Date.now() + WORKING_WITHIN_MS;
  while (acknowledged() < before + BATCHES_BETWEEN && Date.now() < deadline) await sleep(20);
}

async function upServer({ servers, dice }: Stage): Promise<TorturedServer> {
  const up = () => servers.filter((server) => server.isUp());
  await untilDone(() => up().length > 0);
  return dice.pick(up());
}

async function untilDone(act: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + UP_WITHIN_MS;
  while (!(await act())) {
    if (Date.now() > deadline) throw new Error(`nothing was there to strike at for ${UP_WITHIN_MS / 1000} s`);
    await sleep(20);
  }
  return true;
}

async function endServer(stage: Stage, end: (server: TorturedServer) => Promise<void>): Promise<boolean> {
  const server = await upServer(stage);
  const pauseMs = stage.dice.between(0, 800);
  const restart = async () => {
    await end(server);
    await sleep(pauseMs);
    await server.start();
  };
  later(stage, restart());
  return true;
}

function later({ aftermath }: Stage, work: Promise<unknown>): void {
  const done = work.finally(() => aftermath.delete(done));
  aftermath.add(done);
}
