import { draftExperiment, type TestServer } from '../integration/test-server.ts';

/** One slot with two experiments that share its layer: the first targets few, the second takes the rest. */
export const explained = {
  slot: 'checkout-ranker',
  first: { key: 'checkout-first', name: 'Ranker for paying customers' },
  second: { key: 'checkout-rest', name: 'Ranker for everyone else' },
  audience: 'paying',
  attributes: { country: 'AT', plan: 'pro', logins: 12 },
} as const;

/** Started, then rolled back by a person who said why. */
export const rolledBack = { key: 'pricing-model', name: 'Experiment pricing-model', reason: 'Prices rose in Graz' };

type Api = Pick<TestServer, 'api'>;

export async function startTools({ api }: Api): Promise<void> {
  const post = async (path: string, body: unknown = {}) => {
    const answer = await api('POST', path, body);
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  };
  const { slot, first, second, audience } = explained;
  const variants = ['old', 'new', 'newer'].map((key) => ({ key, payload: { model: `${key}-2` } }));
  await post('/api/slots', { key: slot, variants, champion: 'old' });
  await post('/api/metrics', {
    key: 'bought',
    name: 'Bought',
    kind: 'proportion',
    outcome: 'purchase',
    windowSeconds: 60,
  });
  await post('/api/audiences', {
    key: audience,
    name: 'Paying customers',
    rules: [{ attribute: 'plan', operator: 'in', values: ['pro', 'team'] }],
  });
  const make = async ({ key, name }: { key: string; name: string }, more: Record<string, unknown>) => {
    const metrics = [{ metric: 'bought', role: 'primary' }];
    await post('/api/experiments', { key, name, slot, metrics, ...more });
    await post(`/api/experiments/${key}/start`);
  };
  const plan = { units: 100, latenessSeconds: 0 };
  const split = (...variants: string[]) =>
    variants.map((variant) => ({ variant, weight: variant === 'old' ? 0.5 : 0.5 / (variants.length - 1) }));
  await make(first, {
    range: { from: 0, to: 0.6 },
    targeting: [
      { attribute: 'country', operator: 'in', values: ['AT', 'CH'] },
      { attribute: '', operator: 'in_audience', values: [audience] },
      { attribute: 'logins', operator: 'gte', values: [10] },
    ],
    phases: [{ split: split('new', 'newer', 'old'), plan }],
  });
  await make(second, { range: { from: 0.6, to: 1 }, phases: [{ split: split('new', 'old'), plan }] });
  await draftExperiment({ api }, { key: rolledBack.key });
  await post(`/api/experiments/${rolledBack.key}/start`);
  await post(`/api/experiments/${rolledBack.key}/roll-back`, { reason: rolledBack.reason });
  await api('PATCH', `/api/experiments/${rolledBack.key}`, { name: `${rolledBack.name} again` });
}
