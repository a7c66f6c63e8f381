import { randomFrom } from '../shop/random.ts';

export interface Article {
  id: string;
  topic: number;
  /** 0-1: the newest is 1. */
  freshness: number;
  /** 0-1: how many opened it elsewhere. */
  popularity: number;
}

const TOPICS = 6;

export const ARTICLES: Article[] = Array.from({ length: 48 }, (_, number) => {
  const random = randomFrom(number * 104_729 + 17);
  return { id: `article-${number}`, topic: number % TOPICS, freshness: random(), popularity: random() };
});

export interface Reader {
  unit: string;
  device: 'phone' | 'desktop';
  favourite: number;
  /** Chance to open an article that stands first. */
  interest(article: Article): number;
}

/** The reader of this number: the same each time. */
export function readerOf(number: number): Reader {
  const random = randomFrom(number * 7_907 + 3);
  const device = random() < 0.7 ? 'phone' : 'desktop';
  const favourite = Math.floor(random() * TOPICS);
  const keen = 0.1 + 0.3 * random();
  return {
    unit: `reader-${number}`,
    device,
    favourite,
    interest: ({ topic, freshness, popularity }) =>
      keen * (0.4 * freshness + 0.3 * popularity + (topic === favourite ? 0.6 : 0)),
  };
}

/** A way to order articles; nobody in the product knows these numbers. */
export interface Ranker {
  name: string;
  meanMs: number;
  errorRate: number;
  weights: { freshness: number; popularity: number; favourite: number };
}

export const RANKERS: Record<string, Ranker> = {
  recent: {
    name: 'Newest first',
    meanMs: 6,
    errorRate: 0.004,
    weights: { freshness: 1, popularity: 0, favourite: 0 },
  },
  popular: {
    name: 'Most opened first',
    meanMs: 7,
    errorRate: 0.004,
    weights: { freshness: 0.3, popularity: 1, favourite: 0 },
  },
  personal: {
    name: 'By what the reader reads',
    meanMs: 9,
    errorRate: 0.004,
    weights: { freshness: 0.6, popularity: 0.3, favourite: 0.5 },
  },
};

/** The ranker's list; a little noise, as models retrained every hour have it. */
export function rank({ weights }: Ranker, { favourite }: Reader, articles: Article[], random: () => number): Article[] {
  const scored = articles.map((article) => ({
    article,
    score:
      weights.freshness * article.freshness +
      weights.popularity * article.popularity +
      (article.topic === favourite ? weights.favourite : 0) +
      0.02 * random(),
  }));
  return scored.sort((a, b) => b.score - a.score).map(({ article }) => article);
}
