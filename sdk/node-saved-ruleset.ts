import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenDisk } from './disk.ts';
import type { Problem } from './problems.ts';

const RULESET = 'ruleset.json';
/** What is still being written has a name with a dot. */
const UNFINISHED = '.';
/** Written at most so often; a process that ends in between leaves the version before. */
const SAVE_EVERY_MS = 5000;
const CONFIRM_EVERY_MS = 60_000;
const UNFINISHED_FOR_MS = 3_600_000;

export type RulesetKeeper = Pick<OpenDisk, 'saved' | 'saveRuleset' | 'savePatch' | 'confirmRuleset' | 'close'>;

/** Keeps the ruleset in a file of its own; the time of the file is when the server last said that it is current. */
export async function keepRuleset(folder: string, report: (problem: Problem) => void): Promise<RulesetKeeper> {
  const file = join(folder, RULESET);
  let current: Record<string, unknown> | null = null;
  let isDirty = false;
  let writing = Promise.resolve();
  let pause: NodeJS.Timeout | null = null;
  let confirmedAt = 0;

  function save(): void {
    isDirty = true;
    if (pause !== null) return;
    write();
    pause = setTimeout(() => {
      pause = null;
      if (isDirty) save();
    }, SAVE_EVERY_MS).unref();
  }
  function write(): void {
    isDirty = false;
    confirmedAt = Date.now();
    const text = JSON.stringify(current);
    const failed = (cause: unknown) => {
      const message = `The ruleset could not be saved in ${folder} (${String(cause)}).`;
      report({ code: 'disk_failed', message, cause });
    };
    writing = writing.then(() => replace(folder, file, text)).catch(failed);
  }

  await removeUnfinished(folder);
  return {
    saved: await load(file, report),
    saveRuleset(ruleset) {
      current = ruleset as Record<string, unknown>;
      save();
    },
    savePatch(patch) {
      if (current === null) return;
      const { to, slots } = patch as { to: number; slots: object };
      const all = Object.entries({ ...(current.slots as object), ...slots });
      current = { ...current, version: to, slots: Object.fromEntries(all.filter(([, slot]) => slot !== null)) };
      save();
    },
    confirmRuleset() {
      const now = Date.now();
      if (current === null || isDirty || now - confirmedAt < CONFIRM_EVERY_MS) return;
      confirmedAt = now;
      writing = writing.then(() => utimes(file, new Date(now), new Date(now))).catch(() => {});
    },
    close() {
      if (pause !== null) clearTimeout(pause);
      if (isDirty) write();
      return writing;
    },
  };
}

/** A reader sees the old one or the new one, never a part. */
async function replace(folder: string, file: string, text: string): Promise<void> {
  const unfinished = join(folder, `${UNFINISHED}${randomUUID()}`);
  await writeFile(unfinished, text, { mode: 0o600 });
  await rename(unfinished, file);
}

async function load(file: string, report: (problem: Problem) => void): Promise<OpenDisk['saved']> {
  try {
    const { mtimeMs } = await stat(file);
    const ruleset: unknown = JSON.parse(await readFile(file, 'utf8'));
    return { ruleset, ageMs: Math.max(0, Date.now() - mtimeMs) };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    const message = `The saved ruleset ${file} cannot be read (${String(cause)}); it is replaced by the next.`;
    report({ code: 'disk_corrupt', message, cause });
    return null;
  }
}

/** What processes left that were killed while they wrote. */
async function removeUnfinished(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(UNFINISHED));
  for (const path of names.map((name) => join(folder, name))) {
    const isOld = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs > UNFINISHED_FOR_MS,
      () => false,
    );
    if (isOld) await rm(path, { force: true, recursive: true });
  }
}
