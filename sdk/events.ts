/** What travels to `POST /v1/events`. Times are milliseconds since 1970 (the server also reads ISO 8601 strings). */

export type Scalar = string | number | boolean;

export interface ExposureEvent {
  type: 'exposure';
  unit: string;
  slot: string;
  /** Phase id of the ruleset. */
  phase: number;
  step: number;
  variant: string;
  /** Canary only. */
  band?: 'candidate' | 'control' | 'waiting';
  at: number;
  decision: string;
  /** Probability with which this variant was chosen, (0, 1]. */
  propensity: number;
  /** Version of the ruleset that decided. */
  ruleset: number;
  source: 'hash' | 'sticky' | 'external';
  /** True when `run` or `rank` made the decision: a call record must follow. */
  call?: boolean;
  /** Values of the experiment's declared segments. */
  attributes?: Record<string, Scalar>;
}

export interface OutcomeEvent {
  type: 'outcome';
  unit: string;
  name: string;
  at: number;
  /** 1 when absent. */
  value?: number;
  decision?: string;
  impression?: string;
  item?: string;
  properties?: Record<string, Scalar>;
}

export type AssayEvent = ExposureEvent | OutcomeEvent;

/** What one slot did in one minute, sent instead of events where no experiment runs. */
export interface SlotMinute {
  slot: string;
  /** Start of the minute, ms since 1970. */
  minute: number;
  counters: Record<string, number>;
  /** Sparse histogram of call latency: log bin ceil(ln(ms / 1e-6) / 0.01) → calls. */
  ms: Record<string, number>;
}

export interface EnvelopeStats {
  slots?: SlotMinute[];
  /** Events dropped by this client since its last batch, by cause. */
  dropped?: Record<string, number>;
}

/** One sealed batch: its id and content never change, whatever the number of attempts. */
export interface Batch {
  /** UUIDv7 of the moment of sealing. */
  batch: string;
  events: AssayEvent[];
  stats?: EnvelopeStats;
}

/** Answer to a batch: 202 after commit. */
export interface BatchAnswer {
  accepted: number;
  repeat?: boolean;
  rejected: { index: number; code: string; message: string }[];
}
