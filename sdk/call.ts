import type { Variant } from './decision.ts';
import { MAX_DELAY_MS } from './pause.ts';
import type { CallStatus } from './slot-meter.ts';
import { unrefTimer } from './transport.ts';

/** What the service's function gets beside the variant. */
export interface CallInfo {
  /** Aborted when the caller's signal is, or when the time limit has passed. */
  signal: AbortSignal;
  /** True only in shadow phases: the call must then have no side effects. */
  shadow: boolean;
}

export type ModelCall<T, Payload = unknown> = (variant: Variant<Payload>, info: CallInfo) => T | PromiseLike<T>;

export interface CallPlan<T> {
  call: ModelCall<T>;
  variant: Variant;
  /** Called once instead when the variant fails or takes too long; null: failures are the caller's. */
  fallback: Variant | null;
  timeoutMs: number;
  signal: AbortSignal | undefined;
  /** Told once, as soon as the fate of the call is known. `served` is the key of the variant that answered. */
  onCall: (status: CallStatus, served: string) => void;
}

export type Settled<T> = { ok: true; value: T } | { ok: false; error: unknown };
export type Interruption = 'timeout' | 'cancelled';

/**
 * Calls the model. Without a fallback nothing is added to what the function does: past the time limit, or when the
 * caller gives up, its signal is aborted and its own result or exception is still what comes back.
 */
export async function callModel<T>(plan: CallPlan<T>): Promise<T> {
  const { variant, fallback, onCall } = plan;
  const first = startCall({ ...plan, shadow: false }, variant);
  try {
    const fate = await Promise.race([first.interrupted, first.settled]);
    const status = statusOf(fate, plan.signal);
    if (fallback === null || status === 'ok' || status === 'cancelled') {
      onCall(status, variant.key);
      return unwrap(await first.settled);
    }
    // The abandoned call settles into `first.settled`, which never rejects.
    return await callFallback(plan, fallback, status);
  } finally {
    first.release();
  }
}

/** The champion's exception is always the caller's; the record keeps the challenger's failure. */
async function callFallback<T>(plan: CallPlan<T>, champion: Variant, status: CallStatus): Promise<T> {
  const second = startCall({ ...plan, shadow: false }, champion);
  try {
    await Promise.race([second.interrupted, second.settled]);
    plan.onCall(status, champion.key);
    return unwrap(await second.settled);
  } finally {
    second.release();
  }
}

function statusOf(fate: Interruption | Settled<unknown>, signal: AbortSignal | undefined): CallStatus {
  if (typeof fate === 'string') return fate;
  if (fate.ok) return 'ok';
  return signal?.aborted ? 'cancelled' : 'error';
}

function unwrap<T>(settled: Settled<T>): T {
  if (settled.ok) return settled.value;
  throw settled.error;
}

export interface StartedCall<T> {
  /** Never rejects. */
  settled: Promise<Settled<T>>;
  /** Resolves when time is over or the call was cancelled, whether or not the function minds its signal. */
  interrupted: Promise<Interruption>;
  cancel(reason?: unknown): void;
  /** Ends the time limit. */
  release(): void;
}

interface CallStart<T> {
  call: ModelCall<T>;
  timeoutMs: number;
  /** Cancels the call; undefined: only `cancel` does. */
  signal: AbortSignal | undefined;
  shadow: boolean;
}

/** One call with its own signal, which joins the caller's signal and the time limit. */
export function startCall<T>({ call, timeoutMs, signal, shadow }: CallStart<T>, variant: Variant): StartedCall<T> {
  const controller = new AbortController();
  let interrupt: (why: Interruption) => void = () => {};
  const interrupted = new Promise<Interruption>((resolve) => {
    interrupt = resolve;
  });
  const cancel = (reason?: unknown) => {
    interrupt('cancelled');
    controller.abort(reason);
  };
  const cancelBySignal = () => cancel(signal?.reason);
  const timer = setTimeout(
    () => {
      interrupt('timeout');
      controller.abort(new DOMException(`The model took longer than ${timeoutMs} ms`, 'TimeoutError'));
    },
    Math.min(timeoutMs, MAX_DELAY_MS),
  );
  // Nobody waits for a shadow call: the process may end before it does.
  if (shadow) unrefTimer(timer);
  signal?.addEventListener('abort', cancelBySignal, { once: true });
  if (signal?.aborted) cancelBySignal();
  return {
    interrupted,
    settled: settle(call, variant, { signal: controller.signal, shadow }),
    cancel,
    release() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancelBySignal);
    },
  };
}

async function settle<T>(call: ModelCall<T>, variant: Variant, info: CallInfo): Promise<Settled<T>> {
  try {
    return { ok: true, value: await call(variant, info) };
  } catch (error) {
    return { ok: false, error };
  }
}
