import type { ReportRows, SegmentSums } from './report-store.ts';

const indexes = new WeakMap<SegmentSums[], Map<string, SegmentSums>>();

/** The sums of one segment, variant and measure: a report asks for many of them, by a key made once a report. */
export function segmentSums(
  { segments }: Pick<ReportRows, 'segments'>,
  segmentId: number,
  variantId: number,
  measureId: number,
): SegmentSums | undefined {
  const known = indexes.get(segments);
  const index = known ?? new Map(segments.map((each) => [keyOf(each.segmentId, each.variantId, each.measureId), each]));
  if (!known) indexes.set(segments, index);
  return index.get(keyOf(segmentId, variantId, measureId));
}

const keyOf = (segmentId: number, variantId: number, measureId: number) => `${segmentId}:${variantId}:${measureId}`;
