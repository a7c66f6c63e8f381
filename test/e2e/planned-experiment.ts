import { connect } from '@assay-ml/sdk';
import type { TestServer } from '../integration/test-server.ts';
import { lastMomentOfMinute } from './sample-experiments.ts';

export const planned = { key: 'search', name: 'Search by meaning', looks: 4, lookEverySeconds: 12, eachArm: 200 };

/** Some time for sending, after which the units are mature and before which the first look is not due. */
const sendingSeconds = 9;

/**
 * A running experiment with looks by time, an adjustment, a margin and segments. Its units are of the last moment of
 * the minute before, so that they are mature before the first look.
 */
export async function startPlannedExperiment(test: TestServer): Promise<void> {
  const exposedAt = await lastMomentOfMinute();
  const windowSeconds = Math.ceil((Date.now() - exposedAt) / 1000) + sendingSeconds;
  await definePlanned(test, windowSeconds);
  await sendPlannedUnits(test, exposedAt);
}

async function definePlanned({ api }: TestServer, windowSeconds: number): Promise<void> {
  const { key, name, looks, lookEverySeconds } = planned;
  const variants = ['words', 'meaning'].map((variant) => ({ key: variant, payload: null }));
  const metrics = [
    { key: 'spent', name: 'Spent per visitor', kind: 'mean', outcome: 'spend' },
    { key: 'bought', name: 'Bought', kind: 'proportion', outcome: 'buy' },
    { key: 'waited', name: 'Waiting time', kind: 'quantile', quantile: 0.5, outcome: 'wait-ms', direction: 'decrease' },
  ];
  const made = [
    await api('POST', '/api/slots', { key, variants, champion: 'words' }),
    ...(await Promise.all(metrics.map((metric) => api('POST', '/api/metrics', { ...metric, windowSeconds })))),
    await api('POST', '/api/experiments', {
      key,
      slot: key,
      name,
      hypothesis: 'Visitors who find what they mean spend more, and do not wait longer for it.',
      segments: ['country'],
      metrics: [
        { metric: 'spent', role: 'primary' },
        { metric: 'bought', role: 'secondary' },
        { metric: 'waited', role: 'guardrail', margin: { relative: 0.2 } },
      ],
      phases: [
        {
          split: [
            { variant: 'meaning', weight: 0.5 },
            { variant: 'words', weight: 0.5 },
          ],
          plan: {
            looks,
            durationSeconds: looks * lookEverySeconds,
            latenessSeconds: 0,
            minimumEffect: 0.05,
            covariates: { days: 0, attributes: ['budget'] },
          },
        },
      ],
    }),
    await api('POST', `/api/experiments/${key}/start`),
  ];
  for (const { status, body } of made) if (status >= 300) throw new Error(JSON.stringify(body));
}

/** What a visitor spends follows the budget known before, so adjusting for it takes most of the variance away. */
async function sendPlannedUnits(test: TestServer, exposedAt: number): Promise<void> {
  const { key, eachArm } = planned;
  let now = () => exposedAt;
  const assay = await connect({ url: test.url, key: test.sdkKey, flushEveryMs: 60_000, now: () => now() });
  try {
    const taken = { words: 0, meaning: 0 };
    for (let i = 0; Math.min(taken.words, taken.meaning) < eachArm; i++) {
      const unit = `visitor-${i}`;
      const variant = assay.peek(key, { unit }).variant as keyof typeof taken;
      if (taken[variant] >= eachArm) continue;
      const place = taken[variant]++;
      const budget = 20 + ((place * 37) % 80);
      const country = ['de', 'fr', 'at'][place % 3] ?? 'de';
      const { id } = assay.decide(key, { unit, attributes: { budget, country } });
      const tell = (outcome: string, value: number) =>
        assay.outcome(outcome, { unit, value, at: exposedAt, decision: id });
      const better = variant === 'meaning';
      tell('spend', budget / 4 + ((place * 13) % 7) + (better ? 3 : 0));
      if (place % (better ? 3 : 4) === 0) tell('buy', 1);
      tell('wait-ms', 100 + ((place * 29) % 50));
    }
    now = Date.now;
    const { delivered } = await assay.flush();
    if (!delivered) throw new Error('not all was sent');
  } finally {
    await assay.close();
  }
}
