import { LIMITS, nameProblem } from './event-limits.ts';
import type { Measures } from './events.ts';
import { utf8Length } from './utf8.ts';

interface BoundedMeasures {
  measures: Measures;
  /** The first that cannot be sent; null: all fit. */
  leftOut: string | null;
}

/** What fits an event: 32 measures, 2 kB, `agree` before all others. */
export function boundMeasures(given: object): BoundedMeasures {
  const { agree, ...others } = given as Record<string, unknown>;
  const measures: Measures = {};
  let leftOut: string | null = null;
  let bytes = 2;
  for (const [name, value] of [['agree', agree] as const, ...Object.entries(others)]) {
    if (value === undefined) continue;
    const key = name.replace(/\p{Surrogate}/gu, '\ufffd');
    const isMeasure = typeof value === 'boolean' || (typeof value === 'number' && Math.abs(value) <= LIMITS.value);
    const size = utf8Length(JSON.stringify(key)) + String(value).length + 2;
    const isFull = Object.keys(measures).length === LIMITS.properties || bytes + size > LIMITS.propertiesBytes;
    if (isMeasure && !isFull && nameProblem('measure', key) === null) {
      measures[key] = value;
      bytes += size;
    } else leftOut ??= key;
  }
  return { measures, leftOut };
}
