/** Lists of articles in four places of the product, each with an experiment in a mode of its own. */
export interface FeedPlan {
  slot: string;
  experiment: string;
  name: string;
  hypothesis: string;
  /** Articles on the screen of a reader. */
  depth: number;
  visitsPerSecond: number;
  /** Visits that come at once when the experiment opens, so that there is something to see. */
  opening: number;
  phases: Record<string, unknown>[];
}

const DEPTH = 6;
const LATENESS = { latenessSeconds: 5 };

const shadow = {
  mode: 'shadow',
  candidate: 'personal',
  gate: 'automatic',
  shadow: {
    share: 0.5,
    referenceShare: 0.5,
    maxInFlight: 64,
    compare: { kind: 'ranking', depth: DEPTH },
    gate: { minimumComparisons: 800, errorRateIncrease: 0.1 },
  },
};

const canary = (...minimumSeconds: [number, number, number]) => ({
  mode: 'canary',
  candidate: 'personal',
  canary: {
    steps: [
      { share: 0.05, minimumSeconds: minimumSeconds[0], minimumRequests: 50 },
      { share: 0.2, minimumSeconds: minimumSeconds[1], minimumRequests: 150 },
      { share: 0.5, minimumSeconds: minimumSeconds[2], minimumRequests: 400 },
    ],
    guardrails: [
      { kind: 'errors', mustPass: false },
      { kind: 'slow_calls', mustPass: false, thresholdMs: 60 },
    ],
  },
});

const interleave = (units: number) => ({
  mode: 'interleave',
  variants: ['personal', 'recent'],
  plan: { units, ...LATENESS },
  interleave: { depth: DEPTH, idleSeconds: 20 },
});

const bandit = {
  mode: 'bandit',
  variants: ['personal', 'popular', 'recent'],
  bandit: { reward: 'opened', epochSeconds: 30 },
  plan: { durationSeconds: 7_200, ...LATENESS },
};

/** The first goes through all modes by itself, each handing over to the next when its gate says pass. */
export const FEED_PLANS: [FeedPlan, ...FeedPlan[]] = [
  {
    slot: 'feed-ranker',
    experiment: 'personal-feed',
    name: 'A personal feed, from shadow to bandit',
    hypothesis:
      'Readers open more of a feed that knows what they read. It moves through the modes by itself. Simulated traffic.',
    depth: DEPTH,
    visitsPerSecond: 14,
    opening: 400,
    phases: [shadow, { ...canary(30, 30, 60), gate: 'automatic' }, { ...interleave(1_200), gate: 'automatic' }, bandit],
  },
  {
    slot: 'search-ranker',
    experiment: 'personal-search',
    name: 'Search results that know the reader',
    hypothesis: 'It fails and slows down no more than the order by date. A ramp to half of all. Simulated traffic.',
    depth: DEPTH,
    visitsPerSecond: 8,
    opening: 600,
    phases: [canary(20, 120, 600)],
  },
  {
    slot: 'related-articles',
    experiment: 'related-articles',
    name: 'Related articles: which order do readers prefer?',
    hypothesis: 'Of two orders in one list, readers open more of the personal one. Simulated traffic.',
    depth: DEPTH,
    visitsPerSecond: 6,
    opening: 600,
    phases: [interleave(2_000)],
  },
  {
    slot: 'mail-teaser',
    experiment: 'mail-teaser',
    name: 'Articles in the weekly mail',
    hypothesis: 'The mail learns which of three orders is opened most, while it is sent. Simulated traffic.',
    depth: DEPTH,
    visitsPerSecond: 8,
    opening: 600,
    phases: [bandit],
  },
];
