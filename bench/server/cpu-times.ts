import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

/**
 * Processor time so far of the descendants of this process, ms, by the first part whose pattern their command line fits.
 * Needs Linux (`/proc`).
 */
export function cpuTimes<Part extends string>(patterns: Record<Part, RegExp>): Record<Part, number> {
  const parts = Object.keys(patterns) as Part[];
  const times = Object.fromEntries(parts.map((part) => [part, 0])) as Record<Part, number>;
  const processes = new Map(readdirSync('/proc').flatMap((name) => processOf(name)));
  for (const [pid, { ms }] of processes) {
    if (!descends(pid, processes)) continue;
    const command = textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
    const part = parts.find((each) => patterns[each].test(command));
    if (part) times[part] += ms;
  }
  return times;
}

type Processes = Map<number, { parent: number; ms: number }>;

function processOf(name: string): [number, { parent: number; ms: number }][] {
  if (!/^\d+$/.test(name)) return [];
  // After the name of the program in brackets: state, parent, … user and system time as 12th and 13th.
  const fields = textOf(`/proc/${name}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  const ms = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  return Number.isFinite(ms) ? [[Number(name), { parent: Number(fields[1]), ms }]] : [];
}

function descends(pid: number, processes: Processes): boolean {
  for (let at = processes.get(pid)?.parent; at; at = processes.get(at)?.parent) if (at === process.pid) return true;
  return false;
}

/** Empty for a process that has ended meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
