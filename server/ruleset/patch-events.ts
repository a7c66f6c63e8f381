import type { Authenticate } from '../http/route.ts';
import { diffRulesets } from './ruleset-patch.ts';
import type { StreamFormat } from './ruleset-stream.ts';

/** The stream of SDKs: `version` says what is in force when it opens, `patch` what changed. */
export function patchEvents(authenticate: Authenticate): StreamFormat {
  return {
    check: async (request) => void (await authenticate(request, 'sdk')),
    opening({ ruleset, body }) {
      const data = JSON.stringify({ rules: ruleset.rules, version: ruleset.version });
      return `id: ${body.etag}\nevent: version\ndata: ${data}\n\n`;
    },
    change(before, after) {
      // JSON holds no line break, so one data line carries it.
      const data = JSON.stringify(diffRulesets(before.ruleset, after.ruleset));
      return `id: ${after.body.etag}\nevent: patch\ndata: ${data}\n\n`;
    },
  };
}
