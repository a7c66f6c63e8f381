import { connect } from '@assay-ml/sdk';
import type { ReSplitReport } from '../../server/contract/distribution-contract.ts';
import type { MetricHistory } from '../../server/contract/metric-history-contract.ts';
import { draftExperiment, type TestServer, until } from '../integration/test-server.ts';

const HOUR_MS = 3_600_000;

/** A test of the past, with enough units to be split again; and what it measured. */
export const past = { key: 'first-titles', name: 'Shorter titles', slot: 'titles', eachArm: 1_100, hours: 24 };
/** A draft with a plan that is to be replaced. */
export const waiting = { key: 'thumbnails', name: 'Experiment thumbnails', units: 100 };

/** One concluded test that ran elsewhere and ended, its metrics, and a draft on another slot; `leap` sets the clock on. */
export async function seedPlanner(test: TestServer, leap: () => void): Promise<void> {
  const startedAt = Date.now() - 80 * HOUR_MS;
  const variants = ['long', 'short', 'bold'].map((key) => ({ key, payload: null }));
  const metric = { windowSeconds: 3600, kind: 'mean', outcome: 'spend' };
  const metrics = [
    { ...metric, key: 'spend', name: 'Spend per reader', description: 'In euro, after returns.' },
    { ...metric, key: 'opened', name: 'Opened', kind: 'proportion', outcome: 'open' },
    {
      ...metric,
      key: 'per-open',
      name: 'Spend per opening',
      kind: 'ratio',
      denominator: { outcome: 'open', aggregate: 'count' },
    },
    {
      ...metric,
      key: 'slowness',
      name: 'Slowness',
      kind: 'quantile',
      quantile: 0.9,
      outcome: 'ms',
      direction: 'decrease',
    },
    { ...metric, key: 'unused', name: 'Never measured', proxyFor: 'spend' },
  ];
  const made = [await test.api('POST', '/api/slots', { key: past.slot, variants, champion: 'long' })];
  for (const each of metrics) made.push(await test.api('POST', '/api/metrics', each));
  made.push(
    await test.api('POST', '/api/experiments', {
      key: past.key,
      slot: past.slot,
      name: past.name,
      metrics: [
        { metric: 'opened', role: 'primary' },
        { metric: 'spend', role: 'secondary' },
        { metric: 'per-open', role: 'secondary' },
      ],
      phases: [
        {
          assignment: 'external',
          split: ['short', 'long'].map((variant) => ({ variant, weight: 0.5 })),
          startedAt: new Date(startedAt).toISOString(),
          endedAt: new Date(startedAt + past.hours * HOUR_MS).toISOString(),
        },
      ],
    }),
  );
  made.push(await test.api('POST', `/api/experiments/${past.key}/start`));
  await sendReaders(test, startedAt);
  made.push(await test.api('POST', `/api/experiments/${past.key}/conclude`));
  for (const { status, body } of made) if (status >= 300) throw new Error(JSON.stringify(body));
  await draftExperiment(test, { key: waiting.key, plan: { units: waiting.units } });
  // What was recorded elsewhere is counted anew once a minute, and so are the sums by bucket.
  leap();
  await until(async () => {
    const { body } = await test.api<MetricHistory>('GET', '/api/metrics/opened/history');
    return body.phases[0]?.units === past.eachArm;
  }, 60_000);
  leap();
  await until(async () => {
    const { body } = await test.api<ReSplitReport>('GET', `/api/experiments/${past.key}/a-a?metric=opened`);
    return body.status === 'ok';
  }, 60_000);
}

/** Every fifth reader opens and spends; of the short titles every fourth. */
async function sendReaders(test: TestServer, startedAt: number): Promise<void> {
  const problems: string[] = [];
  const onError = ({ message }: { message: string }) => void problems.push(message);
  const assay = await connect({ url: test.url, key: test.sdkKey, flushEveryMs: 60_000, onError });
  for (let i = 0; i < past.eachArm; i++) {
    for (const variant of ['long', 'short']) {
      const unit = `${variant}-${i}`;
      const at = startedAt + (i % past.hours) * HOUR_MS;
      assay.exposure(past.slot, { unit, variant, at });
      if (i % (variant === 'short' ? 4 : 5) === 0) {
        assay.outcome('open', { unit, value: 1, at: at + 1000 });
        assay.outcome('spend', { unit, value: 5 + (i % 7), at: at + 2000 });
      }
    }
  }
  const { delivered } = await assay.flush();
  await assay.close();
  if (!delivered || problems.length > 0) throw new Error(`not all was sent: ${problems.join('; ')}`);
}
