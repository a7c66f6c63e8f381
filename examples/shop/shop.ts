import type { Assay } from '@assay-ml/sdk';
import type { AssayApi } from '../assay-api.ts';
import { wait } from '../wait.ts';
import { randomFrom } from './random.ts';
import { MODELS, payment, type Visitor, visitorOf } from './visitors.ts';

const SLOT = 'recommender';
const EXPERIMENT = 'two-tower-recommender';
/** Visitors at once when the shop opens, and how many come per second afterwards. */
const OPENING = 4_000;
const VISITORS_PER_SECOND = 12;
/** The planned size: reached about a quarter of an hour after the opening. */
const PLANNED_UNITS = 12_000;
const LOOKS = 5;
/** Share of visitors that were here before. */
const RETURNING = 0.2;

type Random = () => number;

/** What is measured, of each visitor in the minute after the first visit. Revenue first: `bought` stands for it. */
const METRICS = [
  {
    key: 'revenue',
    name: 'Revenue per visitor (EUR)',
    kind: 'mean',
    outcome: 'purchase',
    cap: { upper: 120 },
    description: 'A visitor counts with at most 120 EUR, so that no single one decides.',
  },
  { key: 'bought', name: 'Bought something', kind: 'proportion', outcome: 'purchase', proxyFor: 'revenue' },
  {
    key: 'order-value',
    name: 'Revenue per order (EUR)',
    kind: 'ratio',
    outcome: 'purchase',
    denominator: { outcome: 'purchase', aggregate: 'count' },
  },
  {
    key: 'p95-ms',
    name: 'Time of a model call, 95th percentile (ms)',
    kind: 'quantile',
    quantile: 0.95,
    outcome: 'assay.ms',
    direction: 'decrease',
    description: 'The time that 95 % of model calls stay below.',
  },
  {
    key: 'failed-calls',
    name: 'Visitors with a failed model call',
    kind: 'proportion',
    outcome: 'assay.error',
    direction: 'decrease',
  },
];

/** Drafts and starts the shop's experiment through the API, unless it is there already. */
export async function openShop(api: AssayApi): Promise<void> {
  await api.create('/api/slots', {
    key: SLOT,
    variants: Object.entries(MODELS).map(([key, { name }]) => ({ key, payload: { model: name } })),
    champion: 'popular-items',
    timeoutMs: 1_000,
  });
  for (const metric of METRICS) await api.create('/api/metrics', { ...metric, windowSeconds: 60 });
  const made = await api.create('/api/experiments', {
    key: EXPERIMENT,
    slot: SLOT,
    name: 'Two-tower model for recommendations',
    hypothesis:
      'Recommendations from embeddings make more visitors buy, without slower or failing calls. Simulated traffic.',
    segments: ['device', 'country'],
    metrics: [
      { metric: 'bought', role: 'primary' },
      { metric: 'revenue', role: 'secondary' },
      { metric: 'order-value', role: 'secondary' },
      { metric: 'p95-ms', role: 'guardrail', margin: { relative: 0.2 } },
      { metric: 'failed-calls', role: 'guardrail', margin: { absolute: 0.005 } },
    ],
    phases: [
      {
        split: [
          { variant: 'two-tower', weight: 0.5 },
          { variant: 'popular-items', weight: 0.5 },
        ],
        plan: {
          units: PLANNED_UNITS,
          looks: LOOKS,
          minimumEffect: 0.2,
          latenessSeconds: 15,
          covariates: { days: 0, attributes: ['pastSpend'] },
        },
      },
    ],
  });
  if (made) await api.post(`/api/experiments/${EXPERIMENT}/start`);
}

/** Simulated visitors who call their models through `run`; goes on until the signal. Seeded, but timed by the clock. */
export async function serveVisitors(assay: Assay, options: { opening: boolean; signal: AbortSignal }): Promise<void> {
  const { opening, signal } = options;
  const random = randomFrom(20_260_000 + Math.floor(Date.now() / 1000));
  const session = Date.now().toString(36);
  let visitors = 0;
  const next = () => {
    const returning = visitors > 10 && random() < RETURNING;
    return visitorOf(session, returning ? Math.floor(random() * visitors) : visitors++);
  };
  if (opening) {
    for (let i = 0; i < OPENING && !signal.aborted; i += 100) {
      await Promise.all(Array.from({ length: 100 }, () => visit(assay, next(), random, signal)));
    }
  }
  while (!signal.aborted) {
    await wait(-Math.log(1 - random()) * (1000 / VISITORS_PER_SECOND), signal);
    if (!signal.aborted) void visit(assay, next(), random, signal);
  }
}

/** One visit: a model answers; whether its visitor buys is known some seconds later. */
async function visit(assay: Assay, visitor: Visitor, random: Random, signal: AbortSignal): Promise<void> {
  const { unit, ...attributes } = visitor;
  try {
    const { decision } = await assay.run(SLOT, { unit, attributes }, ({ key }) => recommend(key, random));
    const model = MODELS[decision.variant];
    if (model) void pay(assay, { unit, value: payment(visitor, model, random), decision: decision.id }, random, signal);
  } catch {
    // The model failed: `run` has recorded it and passed it on; this visitor sees no recommendations.
  }
}

async function pay(
  assay: Assay,
  purchase: { unit: string; value: number; decision: string },
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  if (purchase.value === 0) return;
  await wait(1_000 + random() * 15_000, signal);
  if (!signal.aborted) assay.outcome('purchase', purchase);
}

async function recommend(variant: string, random: Random): Promise<string[]> {
  const model = MODELS[variant];
  if (!model) throw new Error(`no model "${variant}"`);
  await wait(-Math.log(1 - random()) * model.meanMs);
  if (random() < model.errorRate) throw new Error('model unavailable');
  return ['first', 'second', 'third'];
}
