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

/** One of the calls that a comparison is about. */
export interface ComparedCall {
  ms: number;
  status: 'ok' | 'error' | 'timeout' | 'cancelled';
  score?: number;
  label?: Scalar;
}

/** `agree` where both calls answered; what else there is depends on the kind of comparison. */
export type Measures = Record<string, number | boolean>;

/** Of a shadow phase: the champion's answer beside the candidate's for one decision. */
export interface ComparisonEvent {
  type: 'comparison';
  unit: string;
  slot: string;
  phase: number;
  decision: string;
  /** When the decision was made. */
  at: number;
  champion: ComparedCall;
  candidate: ComparedCall;
  /** The champion's second call, in the A/A share. */
  reference?: ComparedCall;
  measures: Measures;
  /** The champion's first answer beside its second. */
  measuresReference?: Measures;
  /** Values of the experiment's declared segments. */
  attributes?: Record<string, Scalar>;
  /** A cleaned sample of a disagreement. */
  example?: unknown;
}

/** One mixed list that was shown. */
export interface ImpressionEvent {
  type: 'impression';
  unit: string;
  slot: string;
  phase: number;
  step: number;
  impression: string;
  at: number;
  ruleset: number;
  /** In the order shown; `team` is the key of the variant that placed the item. */
  items: { id: string; team: string; contested: boolean }[];
  /** How many items were asked for. */
  depth: number;
  /** A variant that gave no list, and why. */
  degraded?: { cause: 'error' | 'timeout'; variant: string };
}

export type AssayEvent = ExposureEvent | ImpressionEvent | OutcomeEvent | ComparisonEvent;

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
