import type { ReportRows, SegmentSums } from './report-store.ts';

type Index = Map<number, Map<number, Map<number, SegmentSums>>>;

const indexes = new WeakMap<SegmentSums[], Index>();

/** The sums of one segment, variant and measure: a report asks for many of them, in an index made once a report. */
export function segmentSums(
  { segments }: Pick<ReportRows, 'segments'>,
  segmentId: number,
  variantId: number,
  measureId: number,
): SegmentSums | undefined {
  const index = indexes.get(segments) ?? indexOf(segments);
  return index.get(measureId)?.get(segmentId)?.get(variantId);
}

function indexOf(segments: SegmentSums[]): Index {
  const index: Index = new Map();
  for (const each of segments) {
    const ofMeasure = innerOf(index, each.measureId);
    innerOf(ofMeasure, each.segmentId).set(each.variantId, each);
  }
  indexes.set(segments, index);
  return index;
}

function innerOf<T>(outer: Map<number, Map<number, T>>, key: number): Map<number, T> {
  const known = outer.get(key) ?? new Map<number, T>();
  outer.set(key, known);
  return known;
}
