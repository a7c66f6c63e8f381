import { LAST_RESORT, type Variant } from './decision.ts';
import type { Definitions, PayloadOf, SlotKey } from './definitions.ts';
import type { Disk } from './disk.ts';
import { LIMITS } from './event-limits.ts';
import type { Hook } from './hooks.ts';
import { describe, type Problem, warn } from './problems.ts';
import type { Ruleset } from './ruleset.ts';
import { isRecord } from './ruleset-shape.ts';
import type { StickyOption } from './sticky.ts';
import type { Fetch } from './transport.ts';

/** As of console, or of the logger of OpenFeature. */
export interface Logger {
  warn(message: string, problem: Problem): unknown;
}

/** What answers in each slot while no champion is known. */
export type Defaults<D extends Definitions> = { [Slot in SlotKey<D>]: Variant<PayloadOf<D, Slot>> };

export interface ConnectOptions<D extends Definitions = Definitions> {
  /** Root of the Assay server, http or https. Not needed offline. */
  url?: string | undefined;
  /** SDK key of the project's environment. Not needed offline. */
  key?: string | undefined;
  /** Longest wait of `connect` for the first ruleset; afterwards it goes on in the background. Default 2,000. */
  timeoutMs?: number | undefined;
  /** Changes arrive by a stream, in under a second; false: by polling only. Default true. */
  stream?: boolean | undefined;
  /** Polling while there is no stream. Default 10,000, ±10 % of jitter. */
  pollEveryMs?: number | undefined;
  /** The ruleset counts as stale when the server has not confirmed it for so long. Default 60,000. */
  staleAfterMs?: number | undefined;
  /** Longest time an event waits before it is sent. Default 1,000. */
  flushEveryMs?: number | undefined;
  /** Default 500. A full batch leaves at once. */
  maxBatchEvents?: number | undefined;
  /** Size of a batch's events. Default 512,000. */
  maxBatchBytes?: number | undefined;
  /** Events kept while the server does not answer; beyond it new ones are dropped and counted. Default 100,000. */
  maxQueueEvents?: number | undefined;
  /** Size of the events kept, in characters of JSON. Default 64,000,000: about 200,000 exposures. */
  maxQueueBytes?: number | undefined;
  /**
   * Batches over 1 kB travel compressed: a tenth of the bytes, for about 3 µs of processor time an event here and 1.5 µs
   * at the server. Worth it where traffic is paid for or slow. Default false.
   */
  gzip?: boolean | undefined;
  /**
   * Keeps events that cannot be delivered, and the last ruleset, beyond the life of the process: `disk(folder)` of
   * `@assay-ml/sdk/node`. Default: nothing is kept.
   */
  disk?: Disk | undefined;
  /** A ruleset to start from: `connect` then does not wait. One saved on `disk` goes before it if its version is newer. */
  bootstrap?: Ruleset | undefined;
  /** No network at all: decide from `bootstrap` or the ruleset saved on `disk`, record nothing. */
  offline?: boolean | undefined;
  /** What answers, by slot, while no champion is known. */
  defaults?: Partial<Defaults<D>> | undefined;
  /** Units keep the variants that a store of yours remembers: `sticky(store)` of `@assay-ml/sdk/sticky`. */
  sticky?: StickyOption | undefined;
  /** Told about each cause once. Default: the logger is. */
  onError?: ((problem: Problem) => void) | undefined;
  /** Warned of problems, once per cause, unless `onError` is given. Default: console. */
  logger?: Logger | undefined;
  /** Told of decisions and calls, in this order, for logs, metrics and traces. */
  hooks?: readonly Hook[] | undefined;
  /** Called once, when the first ruleset is in force. */
  onReady?: (() => void) | undefined;
  /** Called once each time that the ruleset becomes stale; decisions go on with it. */
  onStale?: ((stale: { ageMs: number }) => void) | undefined;
  /** Called when another version of the ruleset is in force. */
  onChange?: ((change: { from: number; to: number }) => void) | undefined;
  /** Default: the platform's. */
  fetch?: Fetch | undefined;
  /** Clock, ms since 1970. Default: Date.now. */
  now?: (() => number) | undefined;
}

export interface Settings {
  url: string;
  key: string;
  timeoutMs: number;
  stream: boolean;
  pollEveryMs: number;
  staleAfterMs: number;
  flushEveryMs: number;
  maxBatchEvents: number;
  maxBatchBytes: number;
  maxQueueEvents: number;
  maxQueueBytes: number;
  gzip: boolean;
  disk: Disk | null;
  bootstrap: unknown;
  offline: boolean;
  defaults: ReadonlyMap<string, Variant>;
  sticky: StickyOption | undefined;
  onError: (problem: Problem) => unknown;
  hooks: readonly Hook[];
  onReady: () => unknown;
  onStale: (stale: { ageMs: number }) => unknown;
  onChange: (change: { from: number; to: number }) => unknown;
  fetch: Fetch;
  now: () => number;
  /** Clock for durations, ms. */
  stopwatch: () => number;
}

const NUMBERS = {
  timeoutMs: { standard: 2000, least: 0 },
  pollEveryMs: { standard: 10_000, least: 100 },
  staleAfterMs: { standard: 60_000, least: 1000 },
  flushEveryMs: { standard: 1000, least: 1 },
  maxBatchEvents: { standard: 500, least: 1 },
  maxBatchBytes: { standard: 512_000, least: 1 },
  maxQueueEvents: { standard: 100_000, least: 1 },
  maxQueueBytes: { standard: 64_000_000, least: 1 },
} as const;
const FUNCTIONS = ['onError', 'onReady', 'onStale', 'onChange', 'fetch', 'now'] as const;
const FLAGS = ['stream', 'gzip', 'offline'] as const;
const NAMES = ['url', 'key', 'disk', 'bootstrap', 'defaults', 'sticky', 'logger', 'hooks'];
const KNOWN = [...Object.keys(NUMBERS), ...FUNCTIONS, ...FLAGS, ...NAMES];

/** Fills in the defaults. @throws TypeError that lists everything wrong and what to do. */
export function readOptions(input: unknown): Settings {
  if (!isRecord(input)) throw new TypeError('connect(options): options is not an object; pass { url, key }.');
  const options: Record<string, unknown> = { ...input };
  const offline = options.offline === true;
  const problems = [
    ...unknownNames(options),
    ...(offline && !options.disk ? [] : addressProblems(options)),
    ...typeProblems(options),
  ];
  if (problems.length > 0) throw new TypeError(`connect(options):\n${problems.map((line) => `- ${line}`).join('\n')}`);
  const { fetch: ownFetch, now, onError, onReady, onStale, onChange, ...given } = options as ConnectOptions;
  return {
    ...readNumbers(options),
    url: String(given.url ?? '').replace(/\/+$/, ''),
    key: given.key ?? '',
    bootstrap: given.bootstrap,
    offline,
    stream: given.stream !== false,
    gzip: given.gzip === true,
    disk: given.disk ?? null,
    sticky: given.sticky,
    defaults: new Map(Object.entries((given.defaults ?? {}) as Record<string, Variant>)),
    onError: onError ?? warnOf(given.logger),
    hooks: given.hooks ?? [],
    onReady: onReady ?? (() => {}),
    onStale: onStale ?? (() => {}),
    onChange: onChange ?? (() => {}),
    // Looked up at each call, so that a fetch which is instrumented later is used.
    fetch: ownFetch ?? ((address, init) => globalThis.fetch(address, init)),
    now: now ? safeClock(now) : Date.now,
    stopwatch: now ? safeClock(now) : () => performance.now(),
  };
}

/** What tells of problems while there is no `onError`. */
export function warnOf(logger: Logger | undefined): (problem: Problem) => unknown {
  if (logger === undefined) return warn;
  return (problem) => logger.warn(`assay: ${problem.code}: ${problem.message}`, problem);
}

/** A clock that fails must not fail the request that reads it. */
function safeClock(now: () => number): () => number {
  return () => {
    try {
      const at = now();
      return typeof at === 'number' && at >= 0 && at <= LIMITS.latestAt ? at : Date.now();
    } catch {
      return Date.now();
    }
  };
}

function readNumbers(options: Record<string, unknown>): Record<keyof typeof NUMBERS, number> {
  const entries = Object.entries(NUMBERS).map(([name, { standard }]) => [name, options[name] ?? standard]);
  return Object.fromEntries(entries);
}

function unknownNames(options: Record<string, unknown>): string[] {
  const names = Object.keys(options).filter((name) => !KNOWN.includes(name));
  return names.map((name) => `${name} is not an option; the options are ${[...KNOWN].sort().join(', ')}`);
}

function addressProblems({ url, key }: Record<string, unknown>): string[] {
  const problems: string[] = [];
  if (typeof url !== 'string' || !/^https?:$/.test(protocolOf(url))) {
    problems.push(
      `url is ${typeof url === 'string' ? JSON.stringify(url) : describe(url)}; pass the server's root such as "https://assay.example.com"`,
    );
  }
  // It travels in a header, which carries visible ASCII only.
  if (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key)) {
    problems.push('key is not a non-empty string of visible ASCII; pass an SDK key, made with POST /api/keys');
  }
  return problems;
}

function protocolOf(url: string): string {
  try {
    return new URL(url).protocol;
  } catch {
    return '';
  }
}

function typeProblems(options: Record<string, unknown>): string[] {
  const problems: string[] = [];
  for (const [name, { least }] of Object.entries(NUMBERS)) {
    const value = options[name];
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value) && value >= least)) continue;
    problems.push(`${name} is ${describe(value)}; pass a number of at least ${least}, or leave it out`);
  }
  for (const name of FUNCTIONS) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'function') problems.push(`${name} is not a function; leave it out`);
  }
  for (const name of FLAGS) {
    if (options[name] !== undefined && typeof options[name] !== 'boolean')
      problems.push(`${name} is not true or false`);
  }
  const { disk } = options;
  if (disk !== undefined && !(isRecord(disk) && typeof disk.open === 'function')) {
    problems.push("disk is not a disk; pass disk('/a/folder') of @assay-ml/sdk/node");
  }
  if (options.logger !== undefined && typeof (options.logger as Partial<Logger> | null)?.warn !== 'function') {
    problems.push('logger has no function warn(message, problem); pass console or its like');
  }
  if (options.hooks !== undefined && !(Array.isArray(options.hooks) && options.hooks.every(isRecord))) {
    problems.push('hooks is not an array of objects such as { after({ slot, decision }) {} }');
  }
  if (options.bootstrap !== undefined && !isRecord(options.bootstrap)) {
    problems.push('bootstrap is not a ruleset; pass the parsed JSON of /v1/ruleset');
  }
  if (options.sticky !== undefined && typeof options.sticky !== 'function') {
    problems.push('sticky is not a function; pass sticky(store) of @assay-ml/sdk/sticky');
  }
  return [...problems, ...defaultsProblems(options.defaults)];
}

function defaultsProblems(defaults: unknown): string[] {
  if (defaults === undefined) return [];
  if (!isRecord(defaults)) return ['defaults is not an object; pass { slot: { key, payload } }'];
  const wrong = Object.entries(defaults).filter(([, variant]) => readVariant(variant) === null);
  return wrong.map(([slot]) => `defaults["${slot}"] is not { key, payload } with a string key`);
}

/** A caller's default variant, or null if it is none. */
export function readVariant(input: unknown): Variant | null {
  if (!isRecord(input)) return null;
  const { key, payload } = input;
  return typeof key === 'string' ? { key, payload: payload ?? null } : null;
}

/** The default of the call, else of `connect`, else the last resort. */
export function defaultFor(settings: Settings, slot: string, own: unknown): Variant {
  return readVariant(own) ?? settings.defaults.get(slot) ?? LAST_RESORT;
}
