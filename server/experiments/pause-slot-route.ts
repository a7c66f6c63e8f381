import { z } from 'zod';
import { writeAudit } from '../audit/audit-store.ts';
import { key } from '../contract/field-types.ts';
import { moveInput } from '../contract/life-cycle-contract.ts';
import { type Route, route } from '../http/route.ts';
import { changeRuleset } from '../ruleset/change-ruleset.ts';
import type { Services } from '../services.ts';
import { needSlot } from '../slots/slot-routes.ts';
import { listExperiments } from './experiment-store.ts';
import { needLockedExperiment } from './need-experiment.ts';
import { runningPhase } from './phase-order.ts';
import { pause } from './transitions.ts';

/** The kill switch: whatever runs on a slot, everyone gets the champion. */
export function pauseSlotRoute(services: Services): Route {
  return route({
    method: 'post',
    path: '/api/slots/:slot/pause',
    tag: 'Slots',
    summary: 'Kill switch: pause every running experiment of the slot; everyone gets the champion within a second.',
    auth: 'admin',
    body: moveInput,
    answer: z.object({ paused: z.array(key).meta({ description: 'Keys of the experiments that were running' }) }),
    handle: ({ principal, params, body }) =>
      changeRuleset(services, principal.environmentId, async (tx) => {
        const slot = await needSlot(tx, principal.environmentId, params.slot ?? '');
        const running = (await listExperiments(tx, principal.environmentId)).filter(
          (each) => each.slotId === slot.id && each.state === 'running',
        );
        const paused: string[] = [];
        // In one order, so that two people at the switch do not wait for each other for ever.
        for (const { key: name } of running.sort((a, b) => a.id - b.id)) {
          const row = await needLockedExperiment(tx, principal.environmentId, name);
          if (row.state !== 'running') continue;
          await pause(tx, row, services.now());
          const detail = { ...body, slot: slot.key, phase: runningPhase(row)?.position };
          await writeAudit(tx, principal, 'experiment.pause', `experiment:${name}`, detail);
          paused.push(name);
        }
        await writeAudit(tx, principal, 'slot.pause', `slot:${slot.key}`, { ...body, paused });
        return { paused };
      }),
  });
}
