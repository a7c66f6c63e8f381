import type { AssayEvent, Batch, ComparisonEvent, ExposureEvent, ImpressionEvent, OutcomeEvent } from './events.ts';
import type { Fetch } from './transport.ts';

/** What a test client has sent, by kind, oldest first. */
export interface Recorded {
  /** Units that were given a variant; in canary and A/B phases once each. */
  exposures: ExposureEvent[];
  /** What the service recorded by `outcome`. */
  outcomes: OutcomeEvent[];
  /** What the SDK recorded of the calls of `run` and `rank`: latency as `assay.ms`, failures as `assay.error`. */
  calls: OutcomeEvent[];
  /** Lists that were mixed of several variants' in interleave phases. */
  impressions: ImpressionEvent[];
  /** Of the answers of champion and candidate in shadow phases. */
  comparisons: ComparisonEvent[];
}

/** A server that keeps what it is sent, within the process; the ruleset that the client has is current. */
export function recordingFetch(): { fetch: Fetch; recorded: () => Recorded } {
  const events: AssayEvent[] = [];
  return {
    async fetch(url, init) {
      if (!url.endsWith('/v1/events')) return new Response(null, { status: 304 });
      const batch = JSON.parse(String(init?.body)) as Batch;
      events.push(...batch.events);
      return new Response(JSON.stringify({ accepted: batch.events.length, rejected: [] }), { status: 202 });
    },
    recorded: () => byKind(events),
  };
}

function byKind(events: readonly AssayEvent[]): Recorded {
  const outcomes = events.filter((event) => event.type === 'outcome');
  const isOfCall = ({ name }: OutcomeEvent) => name.startsWith('assay.');
  return {
    exposures: events.filter((event) => event.type === 'exposure'),
    outcomes: outcomes.filter((outcome) => !isOfCall(outcome)),
    calls: outcomes.filter(isOfCall),
    impressions: events.filter((event) => event.type === 'impression'),
    comparisons: events.filter((event) => event.type === 'comparison'),
  };
}
