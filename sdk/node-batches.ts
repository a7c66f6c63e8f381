import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { KeptBatch, OpenDisk } from './disk.ts';
import { BEAT_MS, beat, claim, isOwned, OWNER } from './node-owner.ts';
import type { Problem } from './problems.ts';

/** The server refuses batches of over 7 days, for it can no longer tell a repetition. */
const MAX_AGE_MS = 6 * 86_400_000;
const LOOK_EVERY_MS = 60_000;
/** Files that are no batches any more are kept for who wants to know why, so many. */
const MAX_ASIDE = 100;
const ASIDE = 'corrupt';
const MAX_BODY_BYTES = 100_000_000;
/** `<batch id>.<events>.json.gz` */
const NAME = /^([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})\.(\d{1,9})\.json\.gz$/;

interface Entry {
  id: string;
  name: string;
  events: number;
  bytes: number;
}

interface Folder {
  /** Of all processes with this url and key. */
  scope: string;
  /** Of this client. Made when the first batch comes. */
  own: string;
  maxBytes: number;
  maxBatches: number;
  now: () => number;
  report: (problem: Problem) => void;
  /** Oldest first. */
  waiting: Entry[];
  inHand: Map<string, Entry>;
  bytes: number;
  events: number;
}

export type BatchFolder = Pick<OpenDisk, 'adopt' | 'keep' | 'hasNext' | 'next' | 'remove' | 'events' | 'close'>;

/**
 * Batches as files in a sub-folder of this client's own, so that two processes never touch the same file; those of
 * processes that have ended are taken over by renaming, which only one can win. A file is complete or not there: it is
 * written under another name first, and gzip carries a checksum.
 *
 * Nothing is forced to the platter (fsync): what is written outlives the process however it ends, and a loss of power may
 * cost the last seconds. An fsync for each batch would stall on busy disks just when much has to be written.
 */
export function openBatchFolder(
  scope: string,
  options: Pick<Folder, 'maxBytes' | 'maxBatches' | 'now' | 'report'>,
): BatchFolder {
  const own = join(scope, `${process.pid}-${randomUUID()}`);
  const folder: Folder = { ...options, scope, own, waiting: [], inHand: new Map(), bytes: 0, events: 0 };
  const inTurn = oneAtATime(options.report);
  const timers: NodeJS.Timeout[] = [];
  return {
    adopt(onFound) {
      const look = () =>
        void inTurn(async () => {
          const found = await adoptAll(folder);
          if (found !== null) onFound(found);
        }, undefined);
      look();
      timers.push(setInterval(look, LOOK_EVERY_MS).unref());
      // Without a folder there is nothing to show.
      timers.push(setInterval(() => void beat(own).catch(() => {}), BEAT_MS).unref());
    },
    keep: (batch, inHand) => inTurn(() => keep(folder, batch, inHand), false),
    hasNext: () => folder.waiting.length > 0,
    next: () => inTurn(() => next(folder), null),
    remove: (id) => void inTurn(() => remove(folder, id), undefined),
    events: () => folder.events,
    close() {
      for (const timer of timers.splice(0)) clearInterval(timer);
      return inTurn(() => release(own), undefined);
    },
  };
}

/** Runs one piece of work after another; what fails is reported, and gives `otherwise`. */
function oneAtATime(report: (problem: Problem) => void) {
  let last: Promise<unknown> = Promise.resolve();
  return <T, O>(work: () => Promise<T>, otherwise: O): Promise<T | O> => {
    const result = last.then(work).catch((cause: unknown) => {
      report({ code: 'disk_failed', message: `The disk failed: ${String(cause)}`, cause });
      return otherwise;
    });
    last = result;
    return result;
  };
}

async function keep(
  folder: Folder,
  { id, body, events }: { id: string; body: string; events: number },
  inHand: boolean,
) {
  const { own, waiting, report } = folder;
  const packed = await promisify(gzip)(body);
  if (!hasRoom(folder, packed.length)) {
    const message = `No room for more batches in ${own}: events wait in memory. Is the server reachable?`;
    report({ code: 'disk_full', message });
    return false;
  }
  const entry = { id, name: `${id}.${events}.json.gz`, events, bytes: packed.length };
  await makeOwn(folder);
  const unfinished = join(own, `.${entry.name}`);
  await writeFile(unfinished, packed, { mode: 0o600 });
  await rename(unfinished, join(own, entry.name));
  account(folder, entry, 1);
  if (inHand) folder.inHand.set(id, entry);
  else waiting.push(entry);
  return true;
}

const hasRoom = ({ bytes, maxBytes, waiting, inHand, maxBatches }: Folder, more: number) =>
  bytes + more <= maxBytes && waiting.length + inHand.size < maxBatches;

function account(folder: Folder, { bytes, events }: Entry, sign: 1 | -1): void {
  folder.bytes += sign * bytes;
  folder.events += sign * events;
}

/** Made under another name, so that nobody finds it without its owner. */
async function makeOwn({ scope, own }: Folder): Promise<void> {
  if ((await stat(join(own, OWNER)).catch(() => null)) !== null) return;
  const unfinished = join(scope, `.${randomUUID()}`);
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  await claim(unfinished);
  // It may be there without its owner: somebody held this process for dead.
  await rmdir(own).catch(() => {});
  await rename(unfinished, own).catch(async () => {
    await rm(unfinished, { recursive: true, force: true });
    await claim(own);
  });
}

async function next(folder: Folder): Promise<KeptBatch | null> {
  const entry = folder.waiting.shift();
  if (entry === undefined) return null;
  const { id, name, events } = entry;
  const path = join(folder.own, name);
  const lost = (problem: Problem | null): KeptBatch => {
    account(folder, entry, -1);
    return { id, events, body: null, problem };
  };
  if (folder.now() - timeOf(id) > MAX_AGE_MS) {
    await unlink(path).catch(() => {});
    return lost({ code: 'disk_expired', message: 'Batches on disk were over 6 days old and were dropped.' });
  }
  let packed: Buffer;
  try {
    packed = await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return lost(null);
    folder.report({ code: 'disk_failed', message: `${path} cannot be read now (${String(cause)}) and stays.`, cause });
    return lost(null);
  }
  const body = await unpack(packed, id);
  if (body === null) {
    await setAside(folder, name);
    return lost({
      code: 'disk_corrupt',
      message: `Batches on disk were damaged; they are in ${folder.scope}/${ASIDE}.`,
    });
  }
  folder.inHand.set(id, entry);
  return { id, events, body };
}

/** Milliseconds since 1970 of a UUIDv7. */
const timeOf = (id: string) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

async function unpack(packed: Buffer, id: string): Promise<string | null> {
  try {
    const body = (await promisify(gunzip)(packed, { maxOutputLength: MAX_BODY_BYTES })).toString();
    return body.startsWith(`{"batch":"${id}",`) ? body : null;
  } catch {
    return null;
  }
}

async function setAside({ scope, own }: Folder, name: string): Promise<void> {
  const aside = join(scope, ASIDE);
  await mkdir(aside, { recursive: true, mode: 0o700 });
  if ((await readdir(aside)).length < MAX_ASIDE) await rename(join(own, name), join(aside, name));
  else await unlink(join(own, name));
}

async function remove(folder: Folder, id: string): Promise<void> {
  const entry = folder.inHand.get(id);
  if (entry === undefined) return;
  folder.inHand.delete(id);
  account(folder, entry, -1);
  await rm(join(folder.own, entry.name), { force: true });
}

/** Takes over what ended processes left; the number of events, null for nothing. */
async function adoptAll(folder: Folder): Promise<number | null> {
  const { scope, own, waiting } = folder;
  const before = waiting.length;
  let events = 0;
  for (const each of await readdir(scope, { withFileTypes: true })) {
    const other = join(scope, each.name);
    if (!each.isDirectory() || each.name === ASIDE || each.name.startsWith('.') || other === own) continue;
    if (!(await isOwned(other))) events += await adoptFrom(folder, other);
  }
  waiting.sort((a, b) => (a.id < b.id ? -1 : 1));
  return waiting.length === before ? null : events;
}

async function adoptFrom(folder: Folder, other: string): Promise<number> {
  let adopted = 0;
  let left = 0;
  for (const name of (await readdir(other).catch(() => [])).sort()) {
    const [, id = '', events = ''] = NAME.exec(name) ?? [];
    const path = join(other, name);
    const bytes = id && (await stat(path).catch(() => null))?.size;
    if (typeof bytes !== 'number') {
      if (name !== OWNER) await rm(path, { force: true, recursive: true });
    } else if (!hasRoom(folder, bytes)) left++;
    else if (await takeOver(folder, path, { id, name, events: Number(events), bytes })) adopted += Number(events);
  }
  if (left === 0) await release(other);
  return adopted;
}

async function takeOver(folder: Folder, path: string, entry: Entry): Promise<boolean> {
  await makeOwn(folder);
  try {
    await rename(path, join(folder.own, entry.name));
  } catch {
    // Another process was faster.
    return false;
  }
  account(folder, entry, 1);
  folder.waiting.push(entry);
  return true;
}

/** Nobody's from now on, and gone if nothing is in it. */
async function release(folder: string): Promise<void> {
  await rm(join(folder, OWNER), { force: true });
  await rmdir(folder).catch(() => {});
}
