import type { Context, Decision, Reason } from './decision.ts';

/** OpenTelemetry's words for ours. */
const REASONS: Record<Reason, string> = {
  assigned: 'split',
  champion: 'static',
  not_targeted: 'default',
  outside_range: 'default',
  holdout: 'default',
  override: 'static',
  unknown_slot: 'error',
  no_ruleset: 'error',
  error: 'error',
};
const ERRORS: Partial<Record<Reason, string>> = {
  unknown_slot: 'flag_not_found',
  no_ruleset: 'provider_not_ready',
  error: 'general',
};

/**
 * A decision as attributes of an OpenTelemetry event `feature_flag.evaluation`, or of the span that it belongs to. The unit
 * is among them: leave it out where it must not reach your traces.
 * Source: OpenTelemetry, semantic conventions for feature flags in events.
 */
export function telemetryAttributes(
  slot: string,
  { unit }: Pick<Context, 'unit'>,
  { variant, reason, ruleset, experiment, phase, step, propensity, id }: Decision,
): Record<string, string | number> {
  const attributes: Record<string, string | number> = {
    'feature_flag.key': slot,
    'feature_flag.provider.name': 'assay',
    'feature_flag.context.id': unit,
    'feature_flag.result.variant': variant,
    'feature_flag.result.reason': REASONS[reason],
    'feature_flag.version': String(ruleset),
    'assay.decision': id,
    'assay.propensity': propensity,
  };
  const error = ERRORS[reason];
  if (error !== undefined) attributes['error.type'] = error;
  if (experiment !== null && phase !== null) {
    attributes['assay.experiment'] = experiment;
    attributes['assay.phase'] = phase;
    attributes['assay.step'] = step;
  }
  return attributes;
}
