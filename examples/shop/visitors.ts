import { randomFrom } from './random.ts';

/** One who visits the shop. The shop knows these things of each before it asks for a model. */
export interface Visitor {
  unit: string;
  device: 'phone' | 'desktop';
  country: 'NL' | 'DE' | 'FR';
  /** What was bought in the 90 days before, EUR; 0 for three in five. */
  pastSpend: number;
}

/** What a model does to visitors; nobody in the product knows these numbers. */
export interface Model {
  name: string;
  meanMs: number;
  errorRate: number;
  /** Purchases compared with those of the most popular items, by device: embeddings help most on small screens. */
  lift: Record<Visitor['device'], number>;
  basketEur: number;
}

export const MODELS: Record<string, Model> = {
  'popular-items': {
    name: 'Most popular items',
    meanMs: 15,
    errorRate: 0.006,
    lift: { phone: 1, desktop: 1 },
    basketEur: 34,
  },
  'two-tower': {
    name: 'Two-tower embedding model',
    meanMs: 15.5,
    errorRate: 0.004,
    lift: { phone: 1.4, desktop: 1.05 },
    basketEur: 35,
  },
};

/** The visitor of this number: the same each time. */
export function visitorOf(session: string, number: number): Visitor {
  const random = randomFrom(number * 7919);
  const place = random();
  return {
    unit: `visitor-${session}-${number}`,
    device: random() < 0.6 ? 'phone' : 'desktop',
    country: place < 0.5 ? 'NL' : place < 0.8 ? 'DE' : 'FR',
    pastSpend: random() < 0.6 ? 0 : Math.round(70 * Math.exp(1.2 * (random() + random() + random() - 1.5))),
  };
}

/** What the visitor pays in this visit, EUR; 0 when nothing is bought. Those who bought before buy more, and more often. */
export function payment({ device, pastSpend }: Visitor, { lift, basketEur }: Model, random: () => number): number {
  const loyalty = pastSpend / (pastSpend + 100);
  if (random() >= (0.02 + 0.5 * loyalty) * lift[device]) return 0;
  return Math.round(basketEur * (0.4 + 2.4 * loyalty) * Math.exp(random() + random() - 1) * 100) / 100;
}
