import { commentText } from '../../db/sql-literal.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { additiveQuery } from './additive-query.ts';
import { quantileQuery } from './quantile-query.ts';
import type { QuerySubject } from './query-subject.ts';
import { covariateOf } from './unit-steps.ts';

/** Where the numbers of a report come from: what the last look was drawn from, or what is mature now. */
export type NumberSource = 'look' | 'live';

/** The statement, with a head that says what it is about; null where a short one cannot give the number. */
export function numberQuery(subject: QuerySubject): string | null {
  const { metric, experiment, phase, asOf } = subject;
  const sql =
    metric.kind === 'rank'
      ? null
      : metric.kind === 'quantile'
        ? quantileQuery(subject, metric.quantile ?? 0.5)
        : additiveQuery(subject);
  if (sql === null) return null;
  const head = `${metric.name} ("${metric.key}") in phase ${phase.position} of "${experiment}", as of ${asOf.toISOString()}`;
  return `-- ${commentText(head)}\n${sql}\n`;
}

/** What the query reads, and where it may answer something else than the report. */
export function noteOf(subject: QuerySubject, source: NumberSource, lookNumber: number | null): string {
  const { metric, phase } = subject;
  if (metric.kind === 'rank') return RANK;
  return [
    source === 'look'
      ? `The numbers shown are those of look ${lookNumber}, written once. The query counts the units that were mature then, so it answers the same now; only a unit of which something was learnt since, such as a second variant, makes it differ.`
      : 'The numbers shown are live: of the units that are mature by the time in the query, whose values no longer change.',
    metric.kind === 'quantile'
      ? 'It reads unit_state (one row a unit) and the raw events of outcome.'
      : 'It reads unit_state (one row a unit) and unit_total (what its outcomes add up to); both are made of the raw events in exposure and outcome.',
    ...adjustmentNote(subject),
    ...rawNotes(subject, phase),
  ].join(' ');
}

function adjustmentNote({ covariates }: QuerySubject): string[] {
  const names = covariates.map(({ name }) => name).join('; ');
  if (covariates.length === 0) return [];
  if (covariateOf({ covariates })) {
    return [
      `value is not adjusted. The difference of adjusted_value is the effect in the report: adjusted for ${names}, by theta.`,
    ];
  }
  return [
    `value is not adjusted, in the report neither. The effect in the report is, for ${names} together, by one regression a variant (Lin 2013), for which there is no short query.`,
  ];
}

function rawNotes({ metric, cluster }: QuerySubject, phase: PhaseRow): string[] {
  const reads = metric.kind === 'quantile' || cluster !== null;
  return [
    ...(cluster === null
      ? []
      : [
          `Units were randomised together by "${cluster}": the error is that of clusters. Beyond 50,000 of them the report puts some together by chance, and its error differs a little.`,
        ]),
    ...(reads && phase.frozenAt
      ? [
          `Raw events of this phase are partly gone since ${phase.frozenAt.toISOString()}: the query no longer finds all.`,
        ]
      : []),
    ...(phase.assignment === 'external'
      ? [
          'Events of an external phase may be reported at any time: those that came after the report was computed are in it too.',
        ]
      : []),
  ];
}

const RANK =
  "A rank compares the units of two variants pair by pair (Brunner and Munzel), for which there is no short query. Each unit's value is in unit_total; GET /api/experiments/{experiment}/export has them as CSV.";

/** Of other modes there are no metrics of units. */
export const OTHER_MODES: Record<Exclude<PhaseRow['mode'], 'ab' | 'holdout'>, string> = {
  canary:
    'A canary is decided by evidence that grows with each failing call (table process), not by the totals of units: its history is in the audit. A/B phases have a query behind each number.',
  bandit:
    'The means of a bandit weigh each decision by its propensity (table unit_decision), for which there is no short query. A/B phases have a query behind each number.',
  interleave:
    'The preference of an interleaving phase is summed from the credit of single impressions (table unit_credit), for which there is no short query. A/B phases have a query behind each number.',
  shadow:
    'What a shadow phase says is summed from paired answers (table unit_comparison), for which there is no short query. A/B phases have a query behind each number.',
};
