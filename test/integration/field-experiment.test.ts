import { connect } from '@assay-ml/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assayApi } from '../../examples/assay-api.ts';
import { differencesFromPublished } from '../../examples/get-out-the-vote/published.ts';
import { finishedReplay, replay } from '../../examples/get-out-the-vote/replay.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { fromRoot } from '../../server/repository-root.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(() => test.stop());

it('replays the field experiment of 305,866 people over HTTP and finds every published digit', async () => {
  const api = assayApi(test.url, test.adminKey);
  expect(await finishedReplay(api)).toBeNull();
  const client = () => connect({ url: test.url, key: test.sdkKey, maxQueueEvents: 200_000 });
  await replay(api, client, fromRoot('examples', 'data', 'social.csv.gz'), () => undefined);
  expect(await finishedReplay(api)).toBe('get-out-the-vote');

  const report = await api.get<Report>('/api/experiments/get-out-the-vote/report');
  expect(differencesFromPublished(report)).toEqual([]);
  expect(report.verdict.sentence).toMatch(
    /^Ship "neighbors": it raises "Voted in the 2006 primary" from 29\.7\s% to 37\.8\s%/,
  );
  expect(report.health.filter((each) => each.status !== 'ok')).toEqual([]);
  // The vote of 2004 was sent under the same name, before the mailing: it must not count.
  const { rows } = await test.server.services.pool.query(
    `select count(*)::int as sent, count(*) filter (where value <> 0)::int as voted from outcome where name = 'voted'`,
  );
  expect(rows[0].sent).toBe(2 * 305_866);
  const counted = report.metrics[0]?.variants.reduce(
    (sum, each) => sum + Math.round((each.value ?? 0) * each.matureUnits),
    0,
  );
  expect(counted).toBeLessThan(rows[0].voted);
  // One wrong digit would be seen.
  const wrong = structuredClone(report);
  const comparison = wrong.metrics[0]?.comparisons[0];
  if (comparison?.difference) comparison.difference.estimate += 0.00001;
  expect(differencesFromPublished(wrong)).toHaveLength(1);
}, 240_000);
