import type { ExperimentRow } from '../experiments/experiment-store.ts';
import type { Services } from '../services.ts';
import { type Brief, briefOf } from './brief.ts';
import { readVerdictReport, reportedPhase } from './report-reader.ts';

/** A brief is made again after so many times what it took. */
const REST = 10;
const LEAST_REST_MS = 500;
const MOST_REST_MS = 30_000;

export type BriefReader = (row: ExperimentRow) => Promise<Brief>;

/**
 * Briefs of experiments from their reports, each kept for a moment in this process: many people who look at lists cost no
 * more than one. A move of the experiment makes it anew at once.
 */
export function briefReader(services: Pick<Services, 'pool' | 'now'>): BriefReader {
  const kept = new Map<number, { mark: string; until: number; brief: Promise<Brief> }>();
  return (row) => {
    const mark = markOf(row);
    const now = services.now().getTime();
    const known = kept.get(row.id);
    if (known?.mark === mark && now < known.until && known.until - now <= MOST_REST_MS) return known.brief;
    const startedAt = performance.now();
    const brief = readVerdictReport(services, row).then(briefOf);
    // Whoever asks meanwhile waits for the same.
    const entry = { mark, until: now + MOST_REST_MS, brief };
    kept.set(row.id, entry);
    brief.then(
      () => {
        const took = performance.now() - startedAt;
        entry.until = now + took + Math.min(MOST_REST_MS - took, Math.max(LEAST_REST_MS, REST * took));
      },
      () => kept.delete(row.id),
    );
    return brief;
  };
}

/** All that a move or an edit changes. */
function markOf(row: ExperimentRow): string {
  const phase = reportedPhase(row);
  return JSON.stringify([row.state, phase?.id, phase?.step, phase?.state, phase?.gate, phase?.hold, phase?.pauses]);
}
