import type { PureDecision } from '../../sdk/index.ts';
import { isScalars, isText } from '../ingest/field-checks.ts';

/** Who a flag is evaluated for. */
export interface FlagContext {
  unit: string;
  attributes: Readonly<Record<string, unknown>>;
}

/**
 * The exposure event of a decision as JSON, ready for `POST /v1/events` but for `at`: only who shows the variant knows when.
 * Null where there is nothing to record, or where the intake would refuse it.
 */
export function exposureOf(slot: string, { unit, attributes }: FlagContext, pure: PureDecision): string | null {
  const { decision, exposure } = pure;
  if (exposure === null || !isText(unit, 256)) return null;
  const { phase, step, variant, propensity, ruleset, id } = decision;
  const segments = segmentsOf(exposure.segments, attributes);
  return JSON.stringify({
    ...{ type: 'exposure', unit, slot, phase, step, variant },
    ...(exposure.band === null ? {} : { band: exposure.band }),
    ...{ decision: id, propensity, ruleset, source: 'hash' },
    ...(segments === null ? {} : { attributes: segments }),
  });
}

/** Values of the declared segments, as SDKs send them: what cannot be stored is left out, all of it where it is too much. */
function segmentsOf(names: readonly string[], attributes: FlagContext['attributes']): Record<string, unknown> | null {
  const found = names
    .filter((name) => Object.hasOwn(attributes, name))
    .map((name) => [name, attributes[name]] as const)
    .filter(([name, value]) => isScalars(Object.fromEntries([[name, value]])));
  const segments = Object.fromEntries(found);
  return found.length > 0 && isScalars(segments) ? segments : null;
}
