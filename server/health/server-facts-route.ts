import { serverFacts } from '../contract/server-facts-contract.ts';
import { type Route, route } from '../http/route.ts';
import { rulesetInForce } from '../ruleset/ruleset-store.ts';
import type { Services } from '../services.ts';
import { version } from '../version.ts';

/** What people ask when something is odd; the environment variables in docs/configuration.md change it. */
export function serverFactsRoute({ db, config }: Pick<Services, 'db' | 'config'>): Route {
  return route({
    method: 'get',
    path: '/api/server',
    tag: 'Operations',
    summary: 'The version of the server, the age of its ruleset, how long it keeps events, and its limits.',
    auth: 'admin',
    answer: serverFacts,
    async handle({ principal }) {
      const ruleset = await rulesetInForce(db, principal.environmentId);
      const { databaseUrl, processes, retentionDays, maxBodyBytes, ofrepRequestsPerSecond } = config;
      return {
        version: version(),
        ruleset: { version: ruleset.version, changedAt: ruleset.changedAt.toISOString() },
        database: databaseUrl === undefined ? ('built_in' as const) : ('external' as const),
        processes,
        retentionDays,
        maxBodyBytes,
        ofrepRequestsPerSecond,
      };
    },
  });
}
