import type { Experiment, Slot } from '../server/contract/catalog.ts';
import type { Metric } from '../server/contract/metric-contract.ts';
import type { Audience } from '../server/contract/targeting-contract.ts';
import type { Difference } from './difference-list.ts';

export interface ServerState {
  slots: Slot[];
  metrics: Metric[];
  audiences: Audience[];
  experiments: Experiment[];
}

export interface Change {
  /** impossible: the server would refuse it in any state of things; `reason` says what to do instead. */
  action: 'create' | 'update' | 'remove' | 'impossible';
  kind: 'slot' | 'variant' | 'metric' | 'audience' | 'experiment' | 'phase';
  /** With the slot or experiment it belongs to: "fraud-score/new", "new-ranker/1". */
  key: string;
  /** In a few words. */
  summary: string;
  differences: readonly Difference[];
  reason: string | null;
  /** Where it is declared; of a field, where one is named. */
  at(path?: readonly PropertyKey[]): string;
  request: { method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'; path: string; body?: unknown } | null;
}

export interface Comparison {
  /** In the order in which they can be applied. */
  changes: Change[];
  /** Keys of what the server has and no file declares; concluded experiments left out. */
  unmanaged: { slots: string[]; variants: string[]; metrics: string[]; audiences: string[]; experiments: string[] };
}
