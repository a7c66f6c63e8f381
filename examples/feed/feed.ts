import type { Assay } from '@assay-ml/sdk';
import type { AssayApi } from '../assay-api.ts';
import { randomFrom } from '../shop/random.ts';
import { wait } from '../wait.ts';
import { FEED_PLANS, type FeedPlan } from './feed-plans.ts';
import { ARTICLES, type Article, RANKERS, rank, readerOf } from './readers.ts';

const READERS = 3_000;
/** Visits at once while an experiment opens. */
const CROWD = 12;
/** How long a reader looks before opening an article, in ms. */
const LOOK_MS = { least: 500, most: 4_500 };

const METRICS = [
  { key: 'opened-articles', name: 'Articles opened per reader', kind: 'count', outcome: 'open' },
  { key: 'opened', name: 'Opened an article', kind: 'proportion', outcome: 'open' },
];

/** Drafts and starts the experiments of the feeds through the API, unless they are there already. */
export async function openFeeds(api: AssayApi): Promise<void> {
  for (const metric of METRICS) await api.create('/api/metrics', { ...metric, windowSeconds: 20 });
  for (const plan of FEED_PLANS) await openFeed(api, plan);
}

async function openFeed(api: AssayApi, { slot, experiment, name, hypothesis, phases }: FeedPlan): Promise<void> {
  await api.create('/api/slots', {
    key: slot,
    output: 'ranking',
    variants: Object.entries(RANKERS).map(([key, ranker]) => ({ key, payload: { model: ranker.name } })),
    champion: 'recent',
    timeoutMs: 1_000,
  });
  const made = await api.create('/api/experiments', {
    key: experiment,
    slot,
    name,
    hypothesis,
    segments: ['device'],
    metrics: [
      { metric: 'opened', role: 'primary' },
      { metric: 'opened-articles', role: 'secondary' },
    ],
    phases: phases.map((phase) => ({ plan: { latenessSeconds: 5 }, ...phase })),
  });
  if (made) await api.post(`/api/experiments/${experiment}/start`);
}

/**
 * Simulated readers of every feed. The service knows one call, whatever mode a slot is in; goes on until the signal.
 * `opening`: a crowd comes first.
 */
export async function serveReaders(assay: Assay, options: { opening: boolean; signal: AbortSignal }): Promise<void> {
  const { opening, signal } = options;
  const random = randomFrom(20_270_000 + Math.floor(Date.now() / 1000));
  const visit = (plan: FeedPlan) => read(assay, plan, Math.floor(random() * READERS), random, signal);
  if (opening) {
    for (const plan of FEED_PLANS) {
      for (let i = 0; i < plan.opening && !signal.aborted; i += CROWD) {
        await Promise.all(Array.from({ length: CROWD }, () => visit(plan)));
      }
    }
  }
  await Promise.all(
    FEED_PLANS.map(async (plan) => {
      while (!signal.aborted) {
        await wait(-Math.log(1 - random()) * (1000 / plan.visitsPerSecond), signal);
        if (!signal.aborted) void visit(plan);
      }
    }),
  );
}

/** One visit; whether its reader opens an article is known some seconds later. */
async function read(
  assay: Assay,
  { slot, depth }: FeedPlan,
  number: number,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  const reader = readerOf(number);
  const { unit, device } = reader;
  try {
    const { items, impression, decision } = await assay.rank<Article>(
      slot,
      { unit, attributes: { device } },
      async ({ key }) => {
        const ranker = RANKERS[key];
        if (!ranker) throw new Error(`no ranker "${key}"`);
        await wait(-Math.log(1 - random()) * ranker.meanMs);
        if (random() < ranker.errorRate) throw new Error('ranker unavailable');
        return rank(ranker, reader, ARTICLES, random);
      },
      { id: (article) => article.id, depth, fallback: 'champion' },
    );
    void open(assay, { reader, items, impression, decision: decision.id }, random, signal);
  } catch {
    // No list this time: `rank` has recorded why.
  }
}

interface Shown {
  reader: ReturnType<typeof readerOf>;
  items: Article[];
  impression: string | undefined;
  decision: string;
}

async function open(
  assay: Assay,
  { reader, items, impression, decision }: Shown,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  await wait(LOOK_MS.least + random() * (LOOK_MS.most - LOOK_MS.least), signal);
  if (signal.aborted) return;
  const article = items.find((each, place) => random() < reader.interest(each) / (1 + place));
  if (article) assay.outcome('open', { unit: reader.unit, item: article.id, impression, decision });
}
