import type { HealthItem } from '../../server/contract/report-contract.ts';

/** What to do about a finding, and where its cause is seen. */
export type HealthHelp = { fix: string; href: string; place: string };

const exposures = { href: '#exposures', place: 'Exposures by variant' };
const metrics = { href: '#metrics', place: 'Metrics' };
const design = { href: '#design', place: 'Design' };
const explain = { href: '/explain', place: 'Explain a unit' };

export const healthHelp: Record<HealthItem['check'], HealthHelp> = {
  sample_ratio: {
    fix: 'Find the cause before anything else, repair it, and start a new phase: what was assigned unevenly cannot be repaired by weighting.',
    ...exposures,
  },
  segment_ratio: {
    fix: 'Look at the segment that is uneven: a client, version or country that loses exposures of one variant. Repair it and start a new phase.',
    ...exposures,
  },
  mixed_units: {
    fix: 'Ask for one of these units why it got what it got, and let every service send the same id for the same unit.',
    ...explain,
  },
  calls: {
    fix: 'Let services call close() before they stop, so that what they recorded is sent; look for crashes of the variant.',
    ...exposures,
  },
  late_outcomes: {
    fix: 'Send outcomes sooner, or allow more lateness in the plan of the next phase.',
    ...metrics,
  },
  pending: {
    fix: 'Wait a minute. If it stays, the job that computes sums has stopped or lags: its log says why.',
    href: '/metrics',
    place: 'Numbers of the server',
  },
  skewness: {
    fix: 'Cap the metric at a high quantile, or decide by a rank or a proportion instead.',
    ...metrics,
  },
  plan: { fix: 'Read the p-values as weaker than they look, or plan a phase that keeps its looks.', ...design },
  shadow_dropped: {
    fix: 'Give the candidate more time or the service more room, so that fewer shadow calls are dropped.',
    ...design,
  },
  shadow_reference: {
    fix: 'Leave the share of second calls of the champion above zero: the candidate is compared with them.',
    ...design,
  },
  team_draft: {
    fix: 'Check that the service shows the mixed list as it was given, and reports every impression.',
    ...design,
  },
  degraded: { fix: 'Find out which ranker fails to answer, and when: its lists are missing.', ...design },
  retention: {
    fix: 'Keep raw events longer than the longest window if numbers should be computed again.',
    ...design,
  },
};
