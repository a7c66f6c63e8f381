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
import { obstacleTo } from './possible-transitions.ts';
import { resume } from './transitions.ts';

/** The way back from the kill switch. What was rolled back stays so: only a person starts its next phase. */
export function resumeSlotRoute(services: Services): Route {
  return route({
    method: 'post',
    path: '/api/slots/:slot/resume',
    tag: 'Slots',
    summary: 'Undo the kill switch: resume every paused experiment of the slot whose phase still runs.',
    auth: 'admin',
    body: moveInput,
    answer: z.object({ resumed: z.array(key).meta({ description: 'Keys of the experiments that were paused' }) }),
    handle: ({ principal, params, body }) =>
      changeRuleset(services, principal.environmentId, async (tx) => {
        const slot = await needSlot(tx, principal.environmentId, params.slot ?? '');
        const paused = (await listExperiments(tx, principal.environmentId)).filter(
          (each) => each.slotId === slot.id && each.state === 'paused',
        );
        const resumed: string[] = [];
        // In the order in which the switch takes its locks.
        for (const { key: name } of paused.sort((a, b) => a.id - b.id)) {
          const row = await needLockedExperiment(tx, principal.environmentId, name);
          if (obstacleTo(row, 'resume') !== null) continue;
          await resume(tx, row, services.now());
          const detail = { ...body, slot: slot.key, phase: runningPhase(row)?.position };
          await writeAudit(tx, principal, 'experiment.resume', `experiment:${name}`, detail);
          resumed.push(name);
        }
        await writeAudit(tx, principal, 'slot.resume', `slot:${slot.key}`, { ...body, resumed });
        return { resumed };
      }),
  });
}
