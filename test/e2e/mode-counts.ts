import type { Report } from '../../server/contract/report-contract.ts';
import { outcomesOfUnits, shownImpressions } from '../integration/interleave-oracle.ts';
import { type TestServer, until } from '../integration/test-server.ts';
import { modeKeys } from './mode-experiments.ts';

/** What the pages must show, counted from the raw events alone. */

type Server = Pick<TestServer, 'server'>;
type Api = Pick<TestServer, 'api'>;

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

/** The same, once the report tells them all and its controller has seen them. */
export function stepsCounted(test: Server & Api): ReturnType<typeof unitsByStep> {
  return until(async () => {
    const [counted, { verdict, delivery }] = [
      await unitsByStep(test, modeKeys.canary),
      await reportOf(test, modeKeys.canary),
    ];
    const told = delivery?.mode === 'canary' ? delivery.sampleRatio.steps : [];
    const all = counted.every(({ candidate }, place) => told[place]?.candidate === candidate);
    return all && verdict.sentence.startsWith('Step 2 of 3 holds') && counted;
  });
}

const reportOf = async ({ api }: Api, key: string) => (await api<Report>('GET', `/api/experiments/${key}/report`)).body;

/** Windows have closed, and every result that is computed by a job holds all units. */
export function allCounted(test: Api, units: number): Promise<unknown> {
  return until(async () => {
    const [shadow, bandit, interleave] = await Promise.all(
      [modeKeys.shadow, modeKeys.bandit, modeKeys.interleave].map(async (key) => (await reportOf(test, key)).delivery),
    );
    return (
      shadow?.mode === 'shadow' &&
      shadow.labels.open === 0 &&
      shadow.comparisons === units &&
      bandit?.mode === 'bandit' &&
      bandit.posterior.arms.reduce((sum, { closedCells }) => sum + closedCells, 0) === units &&
      interleave?.mode === 'interleave' &&
      interleave.metrics[0]?.units.complete === units
    );
  }, 90_000);
}

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

/** Decisions for which both models gave a score. */
export const scoredDecisions = (test: Server) =>
  query<{ champion: number; candidate: number }>(
    test,
    `select (x.champion->>'score')::float8 as champion, (x.candidate->>'score')::float8 as candidate
     from comparison x ${ofPhase} and x.champion ? 'score' and x.candidate ? 'score'`,
    [modeKeys.shadow],
  );

/** Lists as the page writes them: "item-0 old Clicked item-7 new …". */
export async function exampleLists(test: Server): Promise<string[]> {
  const rows = await query<{
    unit: string;
    items: { id: string; team: string; contested: boolean }[];
    clicked: string[];
  }>(
    test,
    `select x.items, array(select o.item_id from outcome o where o.name = 'click'
       and o.impression_id = x.impression_id) as clicked from impression x ${ofPhase}`,
    [modeKeys.interleave],
  );
  return rows.map(({ items, clicked }) =>
    items
      .map(({ id, team, contested }) => `${id} ${contested ? team : 'both'}${clicked.includes(id) ? ' Clicked' : ''}`)
      .join(' '),
  );
}
