import type { Assay } from '@assay-ml/sdk';
import type { AssayApi } from '../assay-api.ts';
import { randomFrom } from '../shop/random.ts';
import { wait } from '../wait.ts';
import { ARTICLES, type Article, RANKERS, rank, readerOf } from './readers.ts';

const SLOT = 'feed-ranker';
export const FEED_EXPERIMENT = 'personal-feed';
const VISITS_PER_SECOND = 20;
const READERS = 3_000;
/** Items on the screen of a reader. */
const DEPTH = 6;

const METRICS = [
  { key: 'opened-articles', name: 'Articles opened per reader', kind: 'count', outcome: 'open' },
  { key: 'opened', name: 'Opened an article', kind: 'proportion', outcome: 'open' },
];

/** Shadow, canary, interleaving, bandit: each hands over to the next by itself when its gate says pass. */
const PHASES = [
  {
    mode: 'shadow',
    candidate: 'personal',
    gate: 'automatic',
    shadow: {
      share: 0.5,
      referenceShare: 0.5,
      compare: { kind: 'ranking', depth: DEPTH },
      gate: { minimumComparisons: 800, errorRateIncrease: 0.1 },
    },
  },
  {
    mode: 'canary',
    candidate: 'personal',
    gate: 'automatic',
    canary: {
      steps: [
        { share: 0.05, minimumSeconds: 30, minimumRequests: 50 },
        { share: 0.2, minimumSeconds: 30, minimumRequests: 150 },
        { share: 0.5, minimumSeconds: 60, minimumRequests: 400 },
      ],
      guardrails: [
        { kind: 'errors', mustPass: false },
        { kind: 'slow_calls', mustPass: false, thresholdMs: 60 },
      ],
    },
  },
  {
    mode: 'interleave',
    variants: ['personal', 'recent'],
    gate: 'automatic',
    plan: { units: 1_200, latenessSeconds: 5 },
    interleave: { depth: DEPTH, idleSeconds: 20 },
  },
  {
    mode: 'bandit',
    variants: ['personal', 'popular', 'recent'],
    bandit: { reward: 'opened', epochSeconds: 30 },
    plan: { durationSeconds: 7_200, latenessSeconds: 5 },
  },
];

/** Drafts and starts the feed's experiment through the API, unless it is there already. */
export async function openFeed(api: AssayApi): Promise<void> {
  await api.create('/api/slots', {
    key: SLOT,
    output: 'ranking',
    variants: Object.entries(RANKERS).map(([key, { name }]) => ({ key, payload: { model: name } })),
    champion: 'recent',
    timeoutMs: 1_000,
  });
  for (const metric of METRICS) await api.create('/api/metrics', { ...metric, windowSeconds: 20 });
  const made = await api.create('/api/experiments', {
    key: FEED_EXPERIMENT,
    slot: SLOT,
    name: 'A personal feed, from shadow to bandit',
    hypothesis:
      'Readers open more of a feed that knows what they read. It moves through the modes by itself. Simulated traffic.',
    segments: ['device'],
    metrics: [
      { metric: 'opened', role: 'primary' },
      { metric: 'opened-articles', role: 'secondary' },
    ],
    phases: PHASES.map((phase) => ({ plan: { latenessSeconds: 5 }, ...phase })),
  });
  if (made) await api.post(`/api/experiments/${FEED_EXPERIMENT}/start`);
}

/** Simulated readers. The service knows one call, whatever mode the slot is in; goes on until the signal. */
export async function serveReaders(assay: Assay, signal: AbortSignal): Promise<void> {
  const random = randomFrom(20_270_000 + Math.floor(Date.now() / 1000));
  while (!signal.aborted) {
    await wait(-Math.log(1 - random()) * (1000 / VISITS_PER_SECOND), signal);
    if (!signal.aborted) void read(assay, Math.floor(random() * READERS), random, signal);
  }
}

async function read(assay: Assay, number: number, random: () => number, signal: AbortSignal): Promise<void> {
  const reader = readerOf(number);
  const { unit, device } = reader;
  try {
    const { items, impression, decision } = await assay.rank<Article>(
      SLOT,
      { unit, attributes: { device } },
      async ({ key }) => {
        const ranker = RANKERS[key];
        if (!ranker) throw new Error(`no ranker "${key}"`);
        await wait(-Math.log(1 - random()) * ranker.meanMs);
        if (random() < ranker.errorRate) throw new Error('ranker unavailable');
        return rank(ranker, reader, ARTICLES, random);
      },
      { id: (article) => article.id, depth: DEPTH, fallback: 'champion' },
    );
    await wait(500 + random() * 4_000, signal);
    if (signal.aborted) return;
    const article = items.find((each, place) => random() < reader.interest(each) / (1 + place));
    if (article) assay.outcome('open', { unit, item: article.id, impression, decision: decision.id });
  } catch {
    // No list this time: `rank` has recorded why.
  }
}
