import { slotTraffic } from '../contract/slot-traffic-contract.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { needSlot } from './slot-routes.ts';
import { readSlotTraffic } from './slot-traffic.ts';

export function slotTrafficRoute({ db, now }: Pick<Services, 'db' | 'now'>): Route {
  return route({
    method: 'get',
    path: '/api/slots/:slot/traffic',
    tag: 'Slots',
    summary: 'How many new units a day come to a slot, as its latest A/B or bandit phase met them: for planning.',
    auth: 'admin',
    answer: slotTraffic,
    async handle({ principal, params }) {
      const { id, key } = await needSlot(db, principal.environmentId, params.slot ?? '');
      return { slot: key, traffic: await readSlotTraffic(db, id, now()) };
    },
  });
}
