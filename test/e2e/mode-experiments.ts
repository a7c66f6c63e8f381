import { type Assay, connect } from '@assay-ml/sdk';
import { randomFrom } from '../../examples/shop/random.ts';
import type { TestServer } from '../integration/test-server.ts';

/** One experiment a mode, each on a slot of the same name. */
export const modeKeys = {
  shadow: 'fraud',
  canary: 'search',
  broken: 'pricing',
  bandit: 'banner',
  interleave: 'feed',
} as const;

type Api = Pick<TestServer, 'api'>;
export type ModeServer = Pick<TestServer, 'api' | 'url' | 'sdkKey'>;

/** Declares and starts all of them; windows and epochs are seconds, so that a test sees their ends. */
export async function startModes({ api }: Api): Promise<void> {
  const post = async (path: string, body: unknown = {}) => {
    const answer = await api('POST', path, body);
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  };
  const slot = (key: string, output = 'value') =>
    post('/api/slots', { key, output, variants: [{ key: 'old' }, { key: 'new' }], champion: 'old' });
  const metric = (key: string, name: string, outcome: string, more: Record<string, unknown> = {}) =>
    post('/api/metrics', { key, name, kind: 'proportion', outcome, windowSeconds: 2, ...more });
  const experiment = async (key: string, name: string, more: Record<string, unknown>) => {
    await post('/api/experiments', { key, slot: key, name, segments: ['country'], ...more });
    await post(`/api/experiments/${key}/start`);
  };
  const plan = { latenessSeconds: 1, durationSeconds: 3600 };
  const { shadow, canary, broken, bandit, interleave } = modeKeys;
  for (const key of [shadow, canary, broken, bandit]) await slot(key);
  await slot(interleave, 'ranking');
  await metric('chargeback', 'Charged back', 'chargeback', { independentOfAnswer: true });
  await metric('bought', 'Bought', 'buy');
  await metric('paid', 'Paid', 'pay');
  await metric('clicked', 'Clicked', 'click');
  await experiment(shadow, 'Fraud model 2', {
    hypothesis: 'The new model finds more fraud at the same speed.',
    metrics: [{ metric: 'chargeback', role: 'primary' }],
    phases: [
      {
        mode: 'shadow',
        candidate: 'new',
        plan,
        shadow: {
          share: 1,
          referenceShare: 0.4,
          compare: { kind: 'number', tolerance: 0.05 },
          label: 'chargeback',
          gate: { minimumComparisons: 200, agreement: 0.5, latencyRatio: 3 },
        },
      },
      { ...rampOf([0.1, 0.3]), plan },
      { split: halves, plan: { ...plan, units: 1000 } },
    ],
  });
  await experiment(canary, 'Faster search', {
    metrics: [{ metric: 'bought', role: 'secondary' }],
    phases: [{ ...rampOf([0.2, 0.5, 0.8]), plan }],
  });
  await experiment(broken, 'New prices', { phases: [{ ...rampOf([0.4, 0.5]), plan }] });
  await experiment(bandit, 'Banner of the day', {
    metrics: [{ metric: 'paid', role: 'primary' }],
    phases: [
      { mode: 'bandit', variants: ['new', 'old'], plan, bandit: { reward: 'paid', epochSeconds: 2, warmUpCells: 20 } },
    ],
  });
  await experiment(interleave, 'Feed ranker', {
    metrics: [{ metric: 'clicked', role: 'primary' }],
    phases: [{ mode: 'interleave', variants: ['new', 'old'], plan, interleave: { depth: 4, idleSeconds: 2 } }],
  });
}

const halves = ['new', 'old'].map((variant) => ({ variant, weight: 0.5 }));

/** The first step ends by itself after a moment, the second never: only a person takes it on. */
const rampOf = (shares: number[]) => ({
  mode: 'canary',
  candidate: 'new',
  canary: {
    steps: shares.map((share, place) => ({
      share,
      minimumSeconds: place === 0 ? 1 : 3600,
      minimumRequests: place === 0 ? 20 : 5000,
    })),
    guardrails: [
      { kind: 'errors', mustPass: false },
      { kind: 'slow_calls', mustPass: false, thresholdMs: 200 },
    ],
  },
});

/** A service with all five slots that is never told what runs on them; it ends when everything is with the server. */
export async function visitModes(server: ModeServer, from: number, units: number): Promise<void> {
  const assay = await connect({ url: server.url, key: server.sdkKey, flushEveryMs: 50 });
  try {
    const random = randomFrom(from + 1);
    for (let i = from; i < from + units; i++) {
      await visitAll(assay, `visitor-${i}`, random, ['at', 'de', 'fr'][i % 3] ?? 'at');
    }
    // Shadow calls follow their answers, and are waited for.
    const { delivered } = await assay.flush();
    if (!delivered) throw new Error('not all was sent');
  } finally {
    await assay.close();
  }
}

async function visitAll(assay: Assay, unit: string, random: () => number, country: string): Promise<void> {
  const of = { unit, attributes: { country } };
  const risk = random() ** 2;
  const scored = await assay.run(modeKeys.shadow, of, async (variant) => {
    await new Promise((resolve) => setTimeout(resolve, variant.key === 'new' ? 2 : 1));
    if (variant.key === 'new' && random() < 0.02) throw new Error('the model is overloaded');
    return Math.min(0.99, Math.max(0.01, risk + (random() - 0.5) * (variant.key === 'new' ? 0.12 : 0.06)));
  });
  assay.outcome('chargeback', { unit, value: random() < risk ? 1 : 0, decision: scored.decision.id });

  const searched = await assay
    .run(modeKeys.canary, of, (variant) => {
      if (random() < 0.02) throw new Error('no answer');
      return variant.key;
    })
    .catch(() => null);
  if (searched && random() < 0.2) assay.outcome('buy', { unit, decision: searched.decision.id });

  await assay
    .run(modeKeys.broken, of, (variant) => {
      if (variant.key === 'new' && random() < 0.7) throw new Error('no price');
      return variant.key;
    })
    .catch(() => null);

  const { variant, id } = assay.decide(modeKeys.bandit, of);
  if (random() < (variant === 'new' ? 0.4 : 0.2)) assay.outcome('pay', { unit, decision: id });

  const list = await assay.rank(
    modeKeys.interleave,
    of,
    (ranker) => {
      const ids = Array.from({ length: 8 }, (_, n) => ({ id: `item-${n}` }));
      return ranker.key === 'new' ? ids.reverse() : ids;
    },
    { id: (item) => item.id, depth: 4 },
  );
  // Items of the new ranker please more often, wherever they stand.
  for (const { id: item } of list.items) {
    if (random() < (Number(item.slice(5)) >= 4 ? 0.3 : 0.15)) {
      assay.outcome('click', { unit, item, impression: list.impression });
    }
  }
}
