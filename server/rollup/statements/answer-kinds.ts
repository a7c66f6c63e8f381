import { OUTCOME_FITS, OUTCOME_NAMED, unitNumber } from './expressions.ts';
import { contextOf, segmentOf } from './segments.ts';

/**
 * Modes whose outcomes are credited to single answers, not to units from their first exposure on: to a bandit's decision,
 * an interleaved impression, or a comparison of a shadow phase. What differs between them, as pieces of SQL.
 */
export type AnswerMode = 'bandit' | 'interleave' | 'shadow';

export interface AnswerKind {
  mode: AnswerMode;
  /** Table of raw events `e`, and of unit rows `a`. */
  events: string;
  table: string;
  /** Column of both that names the answer. */
  id: string;
  /** Further columns of the unit row, and what they are of an event `f` of a phase `p` with segment numbers `g`. */
  columns: string;
  values: string;
  /** Where the values of segments come from; null: answers have none. */
  attributes: string | null;
  /** Measures `m` of a phase `p` that outcomes are counted for, with `pm`, and which outcomes `o` fit one. */
  measures: string;
  fits: string;
  /** Which answers `a` an outcome may be about: the one it names; where it names none, the last one of these. */
  about: string;
  /** Column of outcomes that is null where they name no answer, and whether `a` has been credited any; null: they must name one. */
  unnamed: { name: string; credited: string } | null;
  /** Variant that a late outcome's credit `c` would have gone to. */
  variant: string;
}

const measureOf = (
  setting: string,
) => `join metric k on k.environment_id = p.environment_id and k.key = p.settings->${setting}
  join phase_measure pm on pm.phase_id = p.id and pm.measure_id = k.measure_id join measure m on m.id = pm.measure_id`;

const NO_REWARD = `coalesce((select ${unitNumber("'sum'", '0', '0', 'm.lower', 'm.upper')} from metric k
  join measure m on m.id = k.measure_id
  where k.environment_id = p.environment_id and k.key = p.settings->'bandit'->>'reward'), 0)`;

const ATTRIBUTES = `coalesce(f.segment, '{}')`;

export const ANSWER_KINDS: Record<AnswerMode, AnswerKind> = {
  bandit: {
    mode: 'bandit',
    events: 'exposure',
    table: 'unit_decision',
    id: 'decision_id',
    columns: 'step, variant_id, propensity, reward, segment',
    values: `f.step, f.variant_id, f.propensity, ${NO_REWARD}, ${contextOf(ATTRIBUTES, "p.settings->'bandit'->>'context'")}`,
    attributes: `coalesce(e.segment, '{}')`,
    measures: measureOf("'bandit'->>'reward'"),
    fits: OUTCOME_FITS,
    about: 'o.decision_id is null or a.decision_id = o.decision_id',
    unnamed: { name: 'decision_id', credited: 'a.n > 0' },
    variant: `(select a.variant_id from unit_decision a
      where a.unit_id = c.unit_id and a.phase_id = c.phase_id and a.decision_id = c.answer_id)`,
  },
  interleave: {
    mode: 'interleave',
    events: 'impression',
    table: 'unit_credit',
    id: 'impression_id',
    columns: 'items, degraded',
    values: 'f.items, f.degraded',
    attributes: null,
    measures: 'join phase_measure pm on pm.phase_id = p.id join measure m on m.id = pm.measure_id',
    fits: `${OUTCOME_FITS} and o.item_id is not null`,
    about: `(o.impression_id is null or a.impression_id = o.impression_id)
      and a.items @> jsonb_build_array(jsonb_build_object('id', o.item_id))`,
    unnamed: { name: 'impression_id', credited: "a.wins <> '{}'" },
    variant: `(select v.id from unit_credit a cross join lateral jsonb_to_recordset(a.items) as i(id text, team text)
      join phase_variant pv on pv.phase_id = a.phase_id join variant v on v.id = pv.variant_id and v.key = i.team
      where a.unit_id = c.unit_id and a.phase_id = c.phase_id and a.impression_id = c.answer_id and i.id = c.item_id limit 1)`,
  },
  shadow: {
    mode: 'shadow',
    events: 'comparison',
    table: 'unit_comparison',
    id: 'decision_id',
    columns: 'champion, candidate, reference, measures, measures_reference, example, segment',
    values: `f.champion, f.candidate, f.reference, f.measures, f.measures_reference, f.example, ${segmentOf(ATTRIBUTES)}`,
    attributes: `coalesce(e.segment, '{}')`,
    measures: measureOf("'shadow'->>'label'"),
    fits: OUTCOME_NAMED, // a label of 0 is a label
    about: 'a.decision_id = o.decision_id',
    unnamed: null,
    variant: '(select pv.variant_id from phase_variant pv where pv.phase_id = c.phase_id and pv.control)',
  },
};

export const answerKindOf = (mode: string): AnswerKind | undefined =>
  Object.values(ANSWER_KINDS).find((kind) => kind.mode === mode);
