import { draftTeams, impressionDraws } from '../sdk/team-draft.ts';
import { drawTeamDraft } from '../stats/index.ts';
import type { BenchResult } from './main.ts';
import { rateOf, reportLine } from './report-line.ts';

const REPETITIONS = 9;
const IMPRESSIONS = 2000;
/** A draft of two lists of 100 is to take less. */
const LIMIT_MICROSECONDS = 50;

const champion = Array.from({ length: 100 }, (_, i) => `item-${i}`);
/** Half of the items are in both lists, in another order. */
const challenger = champion.map((_, i) => `item-${(i * 37 + 11) % 150}`);
const rankings = [challenger, champion];

const subjects: Record<string, (i: number) => number> = {
  '100 places of two lists of 100': (i) => draftTeams(rankings, 100, impressionDraws(`user-${i}`, `imp-${i}`)).length,
  '10 places of two lists of 100': (i) => draftTeams(rankings, 10, impressionDraws(`user-${i}`, `imp-${i}`)).length,
  'beside: 10 places as stats draws them': (i) => drawTeamDraft(rankings, 10, impressionDrawsInTurn(i)).items.length,
};

function impressionDrawsInTurn(i: number): () => number {
  const drawAt = impressionDraws(`user-${i}`, `imp-${i}`);
  let place = 0;
  return () => drawAt(place++);
}

export async function run(): Promise<BenchResult> {
  const samples = new Map<string, number[]>();
  for (let round = 0; round <= REPETITIONS; round++) {
    for (const [what, subject] of Object.entries(subjects)) {
      const started = performance.now();
      let placed = 0;
      for (let i = 0; i < IMPRESSIONS; i++) placed += subject(i);
      if (placed < IMPRESSIONS * 10) throw new Error('A list came out short.');
      const rate = (IMPRESSIONS / (performance.now() - started)) * 1000;
      // The first round only warms up.
      if (round > 0) samples.set(what, [...(samples.get(what) ?? []), rate]);
    }
  }
  const rates = Object.fromEntries([...samples].map(([what, rates]) => [what, rateOf(rates)]));
  for (const [what, rate] of Object.entries(rates)) console.log(reportLine(what, rate));
  const microseconds = 1e6 / rates['100 places of two lists of 100']!.median;
  console.log(`a draft of two lists of 100: ${microseconds.toFixed(1)} µs, the limit is ${LIMIT_MICROSECONDS} µs`);
  return { name: 'interleave', ratio: LIMIT_MICROSECONDS / microseconds, microseconds, rates };
}
