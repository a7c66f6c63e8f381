/** Something that went wrong without disturbing the service. */
export interface Problem {
  /** Stable name of the cause, for example `unauthorized` or `queue_full`. */
  code: string;
  /** What is wrong and what to do. */
  message: string;
  cause?: unknown;
}

/** What tells of problems unless the service says otherwise. */
export const warn = ({ code, message }: Problem): void => console.warn(`assay: ${code}: ${message}`);

export interface ProblemLog {
  /** Counts the problem; tells `onError` about it the first time its code is seen (and `about`, if given). */
  report(problem: Problem, about?: string): void;
  total(): number;
}

/** Causes remembered; past it new ones are counted only. */
const MAX_CAUSES = 1000;
/** What tells causes apart may hold what the caller passed, of any length. */
const MAX_ABOUT_CHARACTERS = 200;
const MAX_MESSAGE_CHARACTERS = 2000;

/** A copy: a part of a string would keep the whole of it in memory. */
const shortened = (text: string, length: number) =>
  text.length > length ? `${Array.from(text.slice(0, length)).join('')}…` : text;

export function problemLog(onError: (problem: Problem) => unknown): ProblemLog {
  const told = new Set<string>();
  let count = 0;
  return {
    report(problem, about = '') {
      count++;
      const cause = `${problem.code}\n${shortened(about, MAX_ABOUT_CHARACTERS)}`;
      if (told.has(cause) || told.size >= MAX_CAUSES) return;
      told.add(cause);
      quietly(onError, { ...problem, message: shortened(problem.message, MAX_MESSAGE_CHARACTERS) });
    },
    total: () => count,
  };
}

/** Calls a function of the service for information only: what it throws or rejects with stays without effect. */
export function quietly<T extends unknown[]>(listener: (...args: T) => unknown, ...args: T): void {
  try {
    Promise.resolve(listener(...args)).catch(() => {});
  } catch {
    // The listener's own failure must not reach the request that happened to trigger it.
  }
}

/** A thrown value as text; it may be anything, also something that throws again. */
export function describe(cause: unknown): string {
  try {
    return cause instanceof Error ? String(cause.message) : String(cause);
  } catch {
    return 'unreadable';
  }
}
