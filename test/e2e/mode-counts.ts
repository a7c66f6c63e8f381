import { outcomesOfUnits, shownImpressions } from '../integration/interleave-oracle.ts';
import type { TestServer } from '../integration/test-server.ts';
import { modeKeys } from './mode-experiments.ts';

/** What the pages must show, counted from the raw events alone. */

type Server = Pick<TestServer, 'server'>;

const ofPhase = `join phase p on p.id = x.phase_id join experiment e on e.id = p.experiment_id
  where e.key = $1 and p.position = 0`;

const query = async <T extends object>({ server }: Server, sql: string, values: unknown[]): Promise<T[]> =>
  (await server.services.pool.query<T>(sql, values)).rows;

/** Units first exposed in each step of a ramp, analysed bands only. */
export const unitsByStep = (test: Server, key: string) =>
  query<{ step: number; candidate: number; control: number }>(
    test,
    `select step, count(*) filter (where band = 'candidate')::int as candidate,
       count(*) filter (where band = 'control')::int as control
     from (select x.unit_id, x.band, min(x.step) as step from exposure x ${ofPhase} group by 1, 2) first
     group by step order by step`,
    [key],
  );

/** Units with a failed call, by the variant that was called. */
export async function failedUnits(test: Server, key: string): Promise<Record<string, number>> {
  const rows = await query<{ variant: string; n: number }>(
    test,
    `select o.properties->>'variant' as variant, count(distinct o.unit_id)::int as n
     from outcome o where o.name = 'assay.ms' and o.properties->>'status' in ('error', 'timeout')
       and o.decision_id in (select x.decision_id from exposure x ${ofPhase} and x.band <> 'waiting') group by 1`,
    [key],
  );
  return Object.fromEntries(rows.map(({ variant, n }) => [variant, n]));
}

/** A candidate that fails where the champion answers does not agree. */
export async function comparedDecisions(test: Server) {
  const [found] = await query<{ decisions: number; units: number; agreeing: number; twice: number }>(
    test,
    `select count(*)::int as decisions, count(distinct x.unit_id)::int as units,
       avg(coalesce((x.measures->>'agree')::boolean, false)::int)::float8 as agreeing, count(x.reference)::int as twice
     from comparison x ${ofPhase}`,
    [modeKeys.shadow],
  );
  if (!found) throw new Error('an aggregate has a row');
  return found;
}

/** Cells, a unit in an epoch, by variant. */
export async function cellsByVariant(test: Server): Promise<Record<string, number>> {
  const rows = await query<{ variant: string; n: number }>(
    test,
    `select v.key as variant, count(distinct (x.unit_id, x.step))::int as n
     from exposure x join variant v on v.id = x.variant_id ${ofPhase} group by 1`,
    [modeKeys.bandit],
  );
  return Object.fromEntries(rows.map(({ variant, n }) => [variant, n]));
}

/** Impressions, and how many units prefer the new ranker, neither or the old one, on contested items. */
export async function preferences(test: Server) {
  const { pool } = test.server.services;
  const [phase] = await query<{ id: number }>(
    test,
    'select p.id from phase p join experiment e on e.id = p.experiment_id where e.key = $1',
    [modeKeys.interleave],
  );
  const shown = await shownImpressions(pool, phase?.id ?? 0, { outcome: 'click', windowMs: 2000, aggregate: 'any' });
  const means = outcomesOfUnits(shown, 'new', 'old', ({ contested }) => contested).map((all) =>
    Math.sign(all.reduce((sum, each) => sum + each, 0)),
  );
  const of = (sign: number) => means.filter((mean) => mean === sign).length;
  return { impressions: shown.length, wins: of(1), ties: of(0), losses: of(-1) };
}
