import type { Queryable } from '../../db/queryable.ts';
import { seconds } from '../../rollup/statements/expressions.ts';
import type { AucSums, LossName, ShadowLabels } from './shadow-result.ts';
import { perUnit, sumUnits } from './sum-by-unit.ts';

/** Predictions nearer to 0 or 1 are taken for this, so that one sure error does not make the loss infinite. */
const LEAST_PROBABILITY = 1e-9;

const logLoss = (score: string): string => {
  const clipped = `least(greatest(${score}, ${LEAST_PROBABILITY}), 1 - ${LEAST_PROBABILITY})`;
  return `-(label * ln(${clipped}) + (1 - label) * ln(1 - ${clipped}))`;
};
const square = (score: string): string => `(${score} - label) ^ 2`;
const absolute = (score: string): string => `abs(${score} - label)`;
const wrong = (column: string) => `(${column}_class <> label)::int::float8`;

type Losses = [name: LossName, champion: string, candidate: string][];
const PROBABILITIES: Losses = [
  ['log_loss', logLoss('p_score'), logLoss('c_score')],
  ['brier', square('p_score'), square('c_score')],
];
const NUMBERS: Losses = [
  ['absolute_error', absolute('p_score'), absolute('c_score')],
  ['squared_error', square('p_score'), square('c_score')],
];
const CLASSES: Losses = [['wrong', wrong('p'), wrong('c')]];

/**
 * Both models' predictions against the labels of decisions whose window and lateness allowance have passed. Probabilities
 * of labels 0 and 1 have log loss and Brier score, other scores absolute and squared error, predicted classes the share
 * that is wrong.
 */
export async function readShadowLabels(
  client: Queryable,
  { measureId, windowSeconds, phaseId }: { measureId: number; windowSeconds: number; phaseId: number },
  asOf: Date,
): Promise<ShadowLabels> {
  const { rows } = await client.query<{ mature: number; labelled: number; open: number }>(
    `with wait as (
       select ${seconds('$2 + pm.lateness_seconds')} as time from phase_measure pm where pm.phase_id = $3 and pm.measure_id = $4
     )
     select (count(*) filter (where at + time <= $1))::float8 as mature,
       (count(*) filter (where at + time <= $1 and label is not null))::float8 as labelled,
       (count(*) filter (where at + time > $1))::float8 as open
     from shadow_call, wait`,
    [asOf, windowSeconds, phaseId, measureId],
  );
  await client.query('drop table if exists shadow_label');
  await client.query(
    `create temp table shadow_label (unit_id text collate "C", label float8, p_score float8, c_score float8, p_class float8,
       c_class float8) on commit drop`,
  );
  await client.query(
    `insert into shadow_label
     select c.unit_id, c.label, c.p_score, c.c_score, c.p_class, c.c_class from shadow_call c
     join phase_measure pm on pm.phase_id = $3 and pm.measure_id = $4
     where c.label is not null and c.at + ${seconds('$2 + pm.lateness_seconds')} <= $1
       and (c.p_score is not null and c.c_score is not null or c.p_class is not null and c.c_class is not null)`,
    [asOf, windowSeconds, phaseId, measureId],
  );
  const kind = await kindOfLabels(client);
  const losses = [
    ...(kind.scored === 0 ? [] : kind.probabilities ? PROBABILITIES : NUMBERS),
    ...(kind.classed > 0 && kind.binary ? CLASSES : []),
  ];
  return {
    ...(rows[0] ?? { mature: 0, labelled: 0, open: 0 }),
    scored: kind.both,
    positive: kind.both > 0 && kind.binary ? kind.positive : null,
    losses: losses.length === 0 ? [] : await sumLosses(client, losses),
    auc: kind.scored > 0 && kind.binary ? await readAuc(client) : null,
  };
}

async function kindOfLabels(client: Queryable) {
  const { rows } = await client.query<{
    both: number;
    scored: number;
    classed: number;
    positive: number;
    binary: boolean;
    probabilities: boolean;
  }>(
    `select count(*)::float8 as both, count(p_score + c_score)::float8 as scored, count(p_class + c_class)::float8 as classed,
       (count(*) filter (where label = 1))::float8 as positive, coalesce(bool_and(label in (0, 1)), false) as binary,
       coalesce(bool_and(label in (0, 1)) and min(least(p_score, c_score)) >= 0 and max(greatest(p_score, c_score)) <= 1, false)
         as probabilities
     from shadow_label`,
  );
  const none = { both: 0, scored: 0, classed: 0, positive: 0, binary: false, probabilities: false };
  return rows[0] ?? none;
}

async function sumLosses(client: Queryable, losses: Losses): Promise<ShadowLabels['losses']> {
  const values = losses.flatMap(([name, champion, candidate]) => {
    const rate = name === 'wrong';
    return [
      `('${name} champion', ${champion}, ${rate})`,
      `('${name} candidate', ${candidate}, ${rate})`,
      `('${name} difference', (${candidate}) - (${champion}), false)`,
    ];
  });
  const sums = await sumUnits(
    client,
    perUnit(`select l.name, unit_id, l.value, 1 as divisor, l.rate from shadow_label
      cross join lateral (values ${values.join(', ')}) l(name, value, rate)`),
  );
  return losses.flatMap(([name]) => {
    const [champion, candidate, difference] = ['champion', 'candidate', 'difference'].map((of) =>
      sums.get(`${name} ${of}`),
    );
    return champion && candidate && difference ? [{ name, champion, candidate, difference }] : [];
  });
}

/** DeLong's difference clustered by unit, by ranks, as `aucDifference` of stats; null without both kinds of labels. */
async function readAuc(client: Queryable): Promise<AucSums | null> {
  const rank = (score: string, within: string) =>
    `rank() over (${within ? 'partition by label ' : ''}order by ${score})
     + (count(*) over (partition by ${within}${score}) - 1) / 2.0`;
  const placed = (score: string) =>
    `case when label = 1 then (all_${score} - own_${score}) / others else 1 - (all_${score} - own_${score}) / cases end`;
  const { rows } = await client.query<AucSums>(
    `with ranked as (
       select unit_id, label, ${rank('p_score', '')} as all_p, ${rank('p_score', 'label, ')} as own_p,
         ${rank('c_score', '')} as all_c, ${rank('c_score', 'label, ')} as own_c,
         (count(*) filter (where label = 1) over ())::float8 as cases, (count(*) filter (where label = 0) over ())::float8 as others
       from shadow_label where p_score is not null and c_score is not null
     ), placed as (
       select unit_id, label, cases, others, ${placed('p')} as p, ${placed('c')} as c
       from ranked where cases > 0 and others > 0
     ), areas as (
       select avg(p) filter (where label = 1) as champion, avg(c) filter (where label = 1) as candidate,
         avg(c - p) filter (where label = 1) as difference, count(*)::float8 as decisions from placed
     ), moves as (   -- how far each unit moves the difference
       select unit_id, sum((c - p - difference) / case when label = 1 then cases else others end) as move
       from placed, areas group by 1
     )
     select champion::float8, candidate::float8, difference::float8, decisions, m.units,
       sqrt(m.squares * m.units / nullif(m.units - 1, 0))::float8 as "standardError"
     from areas, (select count(*)::float8 as units, sum(move ^ 2) as squares from moves) m where m.units > 1`,
  );
  return rows[0] ?? null;
}
