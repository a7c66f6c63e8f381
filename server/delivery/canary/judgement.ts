import type { GateState } from '../../contract/gate-contract.ts';

/** What one guardrail says now. */
export interface Judgement {
  /** Place in the settings. */
  guardrail: number;
  name: string;
  state: GateState;
  /** A step waits until it has passed; else it need only not have failed. */
  mustPass: boolean;
  /** With its numbers, for people. */
  sentence: string;
}
