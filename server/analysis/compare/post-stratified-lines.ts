import { type MeanSummary, postStratifiedDifference } from '../../../stats/index.ts';
import type { Comparison } from '../../contract/report-contract.ts';
import type { SegmentSums } from '../report-store.ts';
import { segmentSums } from '../segment-sums.ts';
import type { AtLevel } from './compare-input.ts';

/**
 * The difference compared within the values of each declared attribute and averaged by their shares of all units, as lines
 * beside the deciding one: free of chance differences in who is in which arm. None for an attribute of which a value has
 * fewer than two units in an arm.
 */
export function postStratifiedLines(input: AtLevel, standardError: number | null): Comparison['others'] {
  const attributes = [...new Set(input.rows.segmentValues.map((each) => each.attribute))];
  return attributes.flatMap((attribute) => {
    const strata = strataOf(input, attribute);
    if (strata === null || strata.length < 2) return [];
    const test = postStratifiedDifference(strata, { level: input.level });
    if (test.status !== 'ok') return [];
    const saved = standardError ? 1 - (test.standardError / standardError) ** 2 : 0;
    const cut = `variance ${saved < 0 ? '+' : '−'}${Math.abs(100 * saved).toFixed(1)} %`;
    return [{ method: `post-stratified by ${attribute} (${cut})`, pValue: test.p, interval: { ...test.interval } }];
  });
}

/** The two arms by value of an attribute; null where a value cannot be compared within. */
function strataOf({ metric, control, arm, rows }: AtLevel, attribute: string) {
  const strata: { control: MeanSummary; treatment: MeanSummary }[] = [];
  for (const { id } of rows.segmentValues.filter((each) => each.attribute === attribute)) {
    const [a, b] = [control, arm].map(({ variantId }) => segmentSums(rows, id, variantId, metric.measureId));
    if (!a && !b) continue;
    if (!a || !b || a.units < 2 || b.units < 2) return null;
    strata.push({ control: summary(a), treatment: summary(b) });
  }
  return strata;
}

function summary({ units, mean, m2 }: SegmentSums): MeanSummary {
  return { n: units, mean, variance: m2 / (units - 1) };
}
