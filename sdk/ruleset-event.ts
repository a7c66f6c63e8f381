import { quietly } from './problems.ts';

/** What happens to the ruleset of a client. */
export type RulesetEvent =
  /** The first is in force. */
  | { type: 'ready' }
  /** Another version is in force; `slots` names what changed, null when that is not known. */
  | { type: 'changed'; from: number; to: number; slots: string[] | null }
  /** The server has not confirmed it for `staleAfterMs`; decisions go on with it. */
  | { type: 'stale'; ageMs: number }
  /** The server has confirmed it again after it was stale. */
  | { type: 'confirmed' };

export function announce(listeners: Iterable<(event: RulesetEvent) => unknown>, event: RulesetEvent): void {
  for (const listener of listeners) quietly(listener, event);
}
