import type { Request, Response } from 'express';
import { eventStreams } from '../http/event-streams.ts';
import type { CompiledRuleset, RulesetSource } from './ruleset-watch.ts';

export interface RulesetStreams {
  /** Answers with a stream that stays open. */
  open(environmentId: number, request: Request, response: Response): Promise<void>;
  /** How many are open. */
  size(): number;
}

/** What is told, and to whom. */
export interface StreamFormat {
  /** Refuses, by throwing, whoever may no longer listen; asked again while a stream is open. */
  check(request: Request): Promise<void>;
  /** First text of a stream. */
  opening(current: CompiledRuleset, request: Request): string;
  /** Text of a change. */
  change(before: CompiledRuleset, after: CompiledRuleset): string;
}

/**
 * Server-sent events of changes. The id of an event is the ETag of the ruleset after it, so that a client knows what it
 * has. A heartbeat is a comment with the age of the ruleset here, in ms since the database confirmed it.
 */
export function rulesetStreams(rulesets: RulesetSource, format: StreamFormat): RulesetStreams {
  const streams = eventStreams({ check: format.check, heartbeat: () => `: ${rulesets.ageMs()}\n\n` });
  rulesets.listen({
    changed: (environmentId, before, after) => streams.send(environmentId, format.change(before, after)),
    stopped: streams.end,
  });
  return {
    async open(environmentId, request, response) {
      const current = await rulesets.ruleset(environmentId);
      streams.open({ environmentId, request, response }, format.opening(current, request));
    },
    size: streams.size,
  };
}
