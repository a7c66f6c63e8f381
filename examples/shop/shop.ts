import type { Assay } from '@assay-ml/sdk';
import type { AssayApi } from '../assay-api.ts';
import { randomFrom } from './random.ts';

const SLOT = 'recommender';
const EXPERIMENT = 'two-tower-recommender';
/** Visitors at once when the shop opens, and how many come per second afterwards. */
const OPENING = 4_000;
const VISITORS_PER_SECOND = 12;
/** The planned size: reached about a quarter of an hour after the opening. */
const PLANNED_UNITS = 12_000;
/** Share of visitors that were here before. */
const RETURNING = 0.2;

type Random = () => number;
type Model = { name: string; meanMs: number; errorRate: number; buyRate: number; basket: number };

/** What the two models do to visitors; nobody in the product knows these numbers. */
const MODELS: Record<string, Model> = {
  'popular-items': { name: 'Most popular items', meanMs: 3, errorRate: 0.006, buyRate: 0.06, basket: 38 },
  'two-tower': { name: 'Two-tower embedding model', meanMs: 6, errorRate: 0.004, buyRate: 0.08, basket: 39 },
};

/** Drafts and starts the shop's experiment through the API, unless it is there already. */
export async function openShop(api: AssayApi): Promise<void> {
  await api.create('/api/slots', {
    key: SLOT,
    variants: Object.entries(MODELS).map(([key, { name }]) => ({ key, payload: { model: name } })),
    champion: 'popular-items',
    timeoutMs: 1_000,
  });
  const window = { windowSeconds: 60 };
  await api.create('/api/metrics', {
    key: 'bought',
    name: 'Bought something',
    kind: 'proportion',
    outcome: 'purchase',
    ...window,
  });
  await api.create('/api/metrics', {
    key: 'revenue',
    name: 'Revenue per visitor (EUR)',
    kind: 'mean',
    outcome: 'purchase',
    ...window,
  });
  await api.create('/api/metrics', {
    key: 'failed-calls',
    name: 'Visitors with a failed model call',
    kind: 'proportion',
    outcome: 'assay.error',
    direction: 'decrease',
    ...window,
  });
  const made = await api.create('/api/experiments', {
    key: EXPERIMENT,
    slot: SLOT,
    name: 'Two-tower model for recommendations',
    hypothesis: 'Recommendations from embeddings make more visitors buy, without more failed calls. Simulated traffic.',
    segments: ['device'],
    metrics: [
      { metric: 'bought', role: 'primary' },
      { metric: 'revenue', role: 'secondary' },
      { metric: 'failed-calls', role: 'guardrail' },
    ],
    phases: [
      {
        split: [
          { variant: 'two-tower', weight: 0.5 },
          { variant: 'popular-items', weight: 0.5 },
        ],
        plan: { units: PLANNED_UNITS, latenessSeconds: 15 },
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
    return `visitor-${session}-${returning ? Math.floor(random() * visitors) : visitors++}`;
  };
  if (opening) {
    for (let i = 0; i < OPENING && !signal.aborted; i += 100) {
      await Promise.all(Array.from({ length: 100 }, () => visit(assay, next(), random, signal)));
    }
  }
  while (!signal.aborted) {
    await pause(-Math.log(1 - random()) * (1000 / VISITORS_PER_SECOND), signal);
    if (!signal.aborted) void visit(assay, next(), random, signal);
  }
}

/** One visit: a model answers; whether its visitor buys is known some seconds later. */
async function visit(assay: Assay, unit: string, random: Random, signal: AbortSignal): Promise<void> {
  const attributes = { device: random() < 0.6 ? 'phone' : 'desktop' };
  try {
    const { decision } = await assay.run(SLOT, { unit, attributes }, ({ key }) => recommend(key, random));
    const model = MODELS[decision.variant];
    if (model && random() < model.buyRate) void buy(assay, unit, decision.id, model, random, signal);
  } catch {
    // The model failed: `run` has recorded it and passed it on; this visitor sees no recommendations.
  }
}

async function buy(assay: Assay, unit: string, decision: string, model: Model, random: Random, signal: AbortSignal) {
  await pause(1_000 + random() * 15_000, signal);
  if (signal.aborted) return;
  const value = Math.round(model.basket * Math.exp(random() + random() - 1) * 100) / 100;
  assay.outcome('purchase', { unit, value, decision });
}

async function recommend(variant: string, random: Random): Promise<string[]> {
  const model = MODELS[variant];
  if (!model) throw new Error(`no model "${variant}"`);
  await pause(-Math.log(1 - random()) * model.meanMs);
  if (random() < model.errorRate) throw new Error('model unavailable');
  return ['first', 'second', 'third'];
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    function end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    }
    signal?.addEventListener('abort', end);
  });
}
