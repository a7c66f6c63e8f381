import { eBenjaminiHochberg } from '../../../stats/index.ts';
import type { HealthItem } from '../../contract/report-contract.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { list, oneOf } from '../phrases.ts';
import type { ReportRows } from '../report-store.ts';
import { logEvidence, RATIO_ALARM, stratumOf } from './ratio-evidence.ts';

const MOST_NAMED = 5;

/** Values of declared attributes whose units are split unevenly; of those found, one in a thousand is so by chance. */
export function unevenSegments(phase: PhaseRow, rows: ReportRows): { names: string[]; tested: number; logE: number } {
  const logs = rows.segmentValues.map(({ id }) =>
    logEvidence([
      stratumOf(
        phase,
        (variantId) =>
          rows.segmentCounts.find((each) => each.segmentId === id && each.variantId === variantId)?.units ?? 0,
      ),
    ]),
  );
  const uneven = eBenjaminiHochberg(
    logs.map((log) => Math.exp(log)),
    1 / RATIO_ALARM,
  );
  const names = uneven.map((place) => {
    const found = rows.segmentValues[place];
    return `${found?.attribute} = ${found?.value ?? 'other'}`;
  });
  return { names, tested: logs.length, logE: Math.max(0, ...logs) };
}

/** The sample ratio by segment: a mismatch in a few units drowns in all; null without declared attributes. */
export function segmentRatio(phase: PhaseRow, rows: ReportRows): HealthItem | null {
  if (rows.segmentValues.length === 0) return null;
  const { names, tested, logE } = unevenSegments(phase, rows);
  const alarm = names.length > 0;
  const rest = names.length - MOST_NAMED;
  const named = rest > 0 ? [...names.slice(0, MOST_NAMED), `${rest} more`] : names;
  return {
    check: 'segment_ratio',
    status: alarm ? 'alarm' : 'ok',
    sentence: alarm
      ? `Units of ${list(named)} are not split as planned: their effects cannot be trusted.`
      : `The units are split as planned in ${tested === 1 ? 'the one segment' : `each of ${oneOf(tested, 'segment', 'segments')}`}.`,
    numbers: { segments: tested, uneven: names.length, largestLogEValue: logE },
    causes: alarm
      ? [
          'What treats these units in another way: a separate service, client version, market or cache that loses units of one variant.',
          'The variant changes the attribute before it is recorded: send what was known before the decision.',
        ]
      : [],
  };
}
