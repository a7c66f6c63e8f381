import { explainDecision } from '../../sdk/index.ts';
import { explainInput, explanation } from '../contract/explain-contract.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { needSlot } from '../slots/slot-routes.ts';

/** By the ruleset that SDKs have now; nothing is recorded. */
export function explainRoute({ db, rulesets }: Pick<Services, 'db' | 'rulesets'>): Route {
  return route({
    method: 'post',
    path: '/api/explain',
    tag: 'Slots',
    summary: 'Why a unit gets what it gets: every rule, draw and bucket. Changes and records nothing.',
    auth: 'admin',
    body: explainInput,
    answer: explanation,
    async handle({ principal, body: { slot, unit, attributes } }) {
      await needSlot(db, principal.environmentId, slot);
      const { ruleset } = await rulesets.ruleset(principal.environmentId);
      const { decision, ...rest } = explainDecision(ruleset, slot, { unit, attributes });
      const { id: _, ...decided } = decision;
      return { ...rest, decision: decided };
    },
  });
}
