import type { Registry } from 'prom-client';
import type { Config } from '../config.ts';

/** What the first process and its workers say to each other; both are always of one release. */

export type Metrics = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

export type ToWorker =
  | { type: 'start'; worker: number; config: Config; databaseUrl: string }
  /** Comes with an accepted connection; answered by `taken`. */
  | { type: 'connection' }
  /** Asks for a `metrics` of the same id. */
  | { type: 'readMetrics'; id: number }
  /** The text that this worker asked for. */
  | { type: 'metricsText'; id: number; text: string }
  | { type: 'stop' };

export type FromWorker =
  | { type: 'ready' }
  | { type: 'taken' }
  | { type: 'metrics'; id: number; metrics: Metrics }
  /** Asks for a `metricsText` of all processes, of the same id. */
  | { type: 'wantMetrics'; id: number };
