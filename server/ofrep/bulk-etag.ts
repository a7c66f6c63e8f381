import { createHash } from 'node:crypto';
import type { FlagContext } from './exposure-of.ts';

/**
 * Names all evaluations of one context: they are a pure function of the release, the ruleset and the context, and the
 * answer names the `stream` of the key. What each
 * answer has of its own, the decision ids, is no difference. Nothing need be evaluated to know it.
 */
export function bulkEtag(release: string, rulesetEtag: string, context: FlagContext, stream: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([release, rulesetEtag, context, stream]))
    .digest('base64url');
  return `W/"${hash.slice(0, 27)}"`;
}
