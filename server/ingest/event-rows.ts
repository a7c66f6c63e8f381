import { bucketOf } from '../../sdk/index.ts';
import type { ComparisonEvent, ExposureEvent, ImpressionEvent, OutcomeEvent } from '../contract/events-contract.ts';
import type { CataloguePhase, EventCatalogue } from '../ruleset/event-catalogue.ts';
import { jsonColumn, NULL, optionalJson, optionalText, textColumn, timeColumn } from './copy-text.ts';
import type { EventType, Fields } from './event-shape.ts';
import { eventTime, type Receipt } from './event-time.ts';
import { type Refusal, refusal, unknownPhase, unknownSlot, wrongVariant } from './refusals.ts';

/**
 * The row of one event of right shape as COPY text, without the columns that a whole batch shares (see
 * `ROW_PREFIX` in event-copy.ts), or why the event cannot belong to this environment.
 */
export function rowOf(type: EventType, event: Fields, catalogue: EventCatalogue, receipt: Receipt): string | Refusal {
  // The shape was checked against the schemas these types are inferred from.
  const told = event as unknown as ExposureEvent | OutcomeEvent | ImpressionEvent | ComparisonEvent;
  const at = eventTime(told.at, receipt);
  if (at === null) {
    return refusal(
      'too_old',
      `${type}.at is over 400 days before its receipt. Send milliseconds since 1970 or ISO 8601.`,
    );
  }
  const start = `${textColumn(told.unit)}\t${timeColumn(at)}\t`;
  if (type === 'outcome') return start + outcomeColumns(told as OutcomeEvent);
  const inPhase = told as ExposureEvent | ImpressionEvent | ComparisonEvent;
  const phase = phaseOf(type, inPhase, catalogue);
  if ('code' in phase) return phase;
  const columns =
    type === 'exposure'
      ? exposureColumns(told as ExposureEvent, phase, at)
      : type === 'impression'
        ? impressionColumns(told as ImpressionEvent, phase)
        : comparisonColumns(told as ComparisonEvent, phase);
  return typeof columns === 'string' ? start + columns : columns;
}

function phaseOf(
  type: EventType,
  event: { slot: string; phase: number },
  catalogue: EventCatalogue,
): CataloguePhase | Refusal {
  const phase = catalogue.phases.get(event.phase);
  if (phase !== undefined && phase.slotKey === event.slot) return phase;
  if (!catalogue.slots.has(event.slot)) return unknownSlot(type, event.slot);
  if (phase === undefined) return unknownPhase(type, event.phase);
  return refusal(
    'wrong_slot',
    `${type}.phase ${event.phase} belongs to another slot than ${type}.slot. Send slot and phase of the same decision.`,
  );
}

/** How far a client's clock may be behind after correction: an exposure cannot be older than its phase. */
const CLOCK_TOLERANCE_MS = 60_000;

function exposureColumns(event: ExposureEvent, phase: CataloguePhase, at: number): string | Refusal {
  const variant = phase.variants.get(event.variant);
  if (variant === undefined) return wrongVariant('exposure.variant', event.variant, phase.id);
  const external = phase.assignment === 'external';
  if (external !== (event.source === 'external')) {
    return refusal(
      'wrong_source',
      external
        ? `exposure.source must be "external": the variants of phase ${phase.id} are assigned elsewhere.`
        : `exposure.source must be "hash" or "sticky": the variants of phase ${phase.id} are assigned by hash.`,
    );
  }
  if (!external && at < phase.startedAt - CLOCK_TOLERANCE_MS) {
    return refusal(
      'before_phase',
      `exposure.at lies before the start of phase ${phase.id}. Send the time of the decision.`,
    );
  }
  if (event.step !== 1 && phase.mode !== 'canary' && phase.mode !== 'bandit') {
    return refusal(
      'wrong_step',
      `exposure.step must be 1: phase ${phase.id} is of mode ${phase.mode}, which has one step.`,
    );
  }
  const band = event.band ?? null;
  if (phase.mode === 'canary' ? band === null && !external : band !== null) {
    return refusal(
      'wrong_band',
      band === null
        ? `exposure.band is missing: in canary phase ${phase.id} it says candidate, control or waiting.`
        : `exposure.band must be absent: phase ${phase.id} is no canary.`,
    );
  }
  // Who assigned elsewhere did so by the plan's weight, whatever the client believes.
  const propensity = external ? variant.weight : event.propensity;
  return `${phase.id}\t${event.step}\t${variant.id}\t${band ?? NULL}\t${textColumn(event.decision)}\t${propensity}\t${
    event.ruleset
  }\t${event.source}\t${event.call === true ? 't' : 'f'}\t${bucketOf(event.unit)}\t${optionalJson(event.attributes)}`;
}

function outcomeColumns(event: OutcomeEvent): string {
  return `${textColumn(event.name)}\t${event.value ?? 1}\t${optionalText(event.decision)}\t${optionalText(
    event.impression,
  )}\t${optionalText(event.item)}\t${optionalJson(event.properties)}`;
}

function impressionColumns(event: ImpressionEvent, phase: CataloguePhase): string | Refusal {
  if (phase.mode !== 'interleave') return wrongMode('impression', phase, 'interleave');
  for (const { team } of event.items) {
    if (!phase.variants.has(team)) return wrongVariant('impression.items[].team', team, phase.id);
  }
  const { degraded } = event;
  if (degraded && !phase.variants.has(degraded.variant)) {
    return wrongVariant('impression.degraded.variant', degraded.variant, phase.id);
  }
  const items = event.items.map(({ id, team, contested }) => ({ id, team, contested }));
  const cause = degraded ? jsonColumn({ cause: degraded.cause, variant: degraded.variant }) : NULL;
  return `${phase.id}\t${event.step}\t${textColumn(event.impression)}\t${event.ruleset}\t${event.depth}\t${jsonColumn(items)}\t${cause}`;
}

function comparisonColumns(event: ComparisonEvent, phase: CataloguePhase): string | Refusal {
  if (phase.mode !== 'shadow') return wrongMode('comparison', phase, 'shadow');
  const reference = event.reference ? callColumn(event.reference) : NULL;
  return `${phase.id}\t${textColumn(event.decision)}\t${callColumn(event.champion)}\t${callColumn(
    event.candidate,
  )}\t${reference}\t${jsonColumn(event.measures)}\t${optionalJson(event.measuresReference)}\t${optionalJson(
    event.example,
  )}\t${optionalJson(event.attributes)}`;
}

function callColumn({ ms, status, score, label }: ComparisonEvent['champion']): string {
  return jsonColumn({ ms, status, score: score ?? undefined, label: label ?? undefined });
}

function wrongMode(type: EventType, phase: CataloguePhase, mode: string): Refusal {
  return refusal(
    'wrong_mode',
    `${type}.phase ${phase.id} is of mode ${phase.mode}; only phases of mode ${mode} take events of type ${type}.`,
  );
}
