import { readFileSync } from 'node:fs';
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** In the folder of a process: whose it is. Without it the folder is nobody's. */
export const OWNER = 'owner.json';
/** How often the living show that they live. */
export const BEAT_MS = 20_000;
/** Silence after which a process counts as ended: on another host, or behind a container's wall, there is no other sign. */
const DEAD_AFTER_MS = 60_000;

export async function claim(folder: string): Promise<void> {
  const owner = { host: hostname(), pid: process.pid, started: startOf(process.pid) };
  await writeFile(join(folder, OWNER), JSON.stringify(owner), { mode: 0o600 });
}

export async function beat(folder: string): Promise<void> {
  const now = new Date();
  await utimes(join(folder, OWNER), now, now);
}

/**
 * Whether the owner of a folder may still use it. A wrong no is harmless: batches keep their id, and the server stores
 * each of them once.
 */
export async function isOwned(folder: string): Promise<boolean> {
  try {
    const path = join(folder, OWNER);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > DEAD_AFTER_MS) return false;
    const { host, pid, started } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    return host !== hostname() || (lives(Number(pid)) && startOf(Number(pid)) === started);
  } catch (cause) {
    // No owner. One that cannot be read, however, is being written or not for us.
    return (cause as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    // It lives, but is somebody else's.
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Tells processes of the same number apart, as the first ones of restarted containers; '' where the platform does not say. */
function startOf(pid: number): string {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may hold anything; the start is the 22nd field of the line.
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
