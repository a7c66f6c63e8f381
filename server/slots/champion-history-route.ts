import { sql } from 'drizzle-orm';
import * as contract from '../contract/slot-contract.ts';
import type { Executor } from '../db/database.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { type Crowning, championHistory } from './champion-history.ts';
import { needSlot } from './slot-routes.ts';
import type { SlotRow } from './slot-store.ts';

export function championHistoryRoute({ db }: Pick<Services, 'db'>): Route {
  return route({
    method: 'get',
    path: '/api/slots/:slot/champions',
    tag: 'Slots',
    summary: 'Champions of a slot, newest first: from when to when, who chose each, why, and by which experiment.',
    auth: 'admin',
    answer: contract.championHistory,
    async handle({ principal, params }) {
      const slot = await needSlot(db, principal.environmentId, params.slot ?? '');
      return { champions: championHistory(await readCrownings(db, principal.environmentId, slot)) };
    },
  });
}

/** Lines of the audit in which a champion was named: when the slot was made, by hand, and at the end of an experiment. */
async function readCrownings(db: Executor, environmentId: number, slot: SlotRow): Promise<Crowning[]> {
  const { rows } = await db.execute<{
    at: string;
    actor: string;
    action: string;
    detail: Record<string, unknown>;
    key: string | null;
    name: string | null;
  }>(sql`
    select a.at, a.actor, a.action, a.detail, e.key, e.name
    from audit a left join experiment e
      on e.environment_id = a.environment_id and e.slot_id = ${slot.id} and a.subject = 'experiment:' || e.key
    where a.environment_id = ${environmentId}
      and (a.subject = ${`slot:${slot.key}`} and a.action in ('slot.create', 'slot.champion')
        or e.id is not null and a.action = 'experiment.conclude' and a.detail ? 'promote')
    order by a.id`);
  return rows.map(({ key, name, at, ...row }) => ({
    ...row,
    at: new Date(at),
    experiment: key === null ? null : { key, name: name ?? key },
  }));
}
