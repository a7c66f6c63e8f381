import type { Brief } from '../analysis/brief.ts';
import type { AttentionItem } from '../contract/home-contract.ts';
import type { ExperimentRow } from '../experiments/experiment-store.ts';

/** What the history says of an experiment, newest first. */
export interface Happened {
  at: Date;
  actor: string;
  action: string;
  detail: Record<string, unknown>;
}

/** All that is known of one experiment that runs or is paused. */
export interface AttentionFacts {
  row: ExperimentRow;
  brief: Brief;
  happened: Happened[];
}

/** One finding, before it is told of which experiment. */
export type Finding = Pick<AttentionItem, 'kind' | 'sentence' | 'since'>;
