import type { z } from 'zod';
import { experiment, type Transition } from '../contract/catalog.ts';
import { concludeInput, holdInput, moveInput } from '../contract/life-cycle-contract.ts';
import type { Executor } from '../db/database.ts';
import { type Principal, type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { needSlot, refuseUnknownVariant } from '../slots/slot-routes.ts';
import type { ExperimentRow, PhaseRow } from './experiment-store.ts';
import { nextPhase, runningPhase } from './phase-order.ts';
import { hold, release } from './ramp-moves.ts';
import { rollBack } from './roll-back.ts';
import { transact } from './transact.ts';
import { advance, conclude, pause, resume, start } from './transitions.ts';

type Who = Pick<Principal, 'name'>;
type Detail = Record<string, unknown>;

/** One route a transition; the one that takes a canary's step is in delivery/step-route.ts, since it asks the guardrails. */
export function transitionRoutes(services: Services): Route[] {
  const { now } = services;
  const move = <Body extends { reason?: string | undefined; phase?: number | undefined }>(
    transition: Transition,
    summary: string,
    body: z.ZodType<Body>,
    work: (tx: Executor, row: ExperimentRow, body: Body, who: Who) => Promise<Detail | null>,
  ) =>
    route({
      method: 'post',
      path: `/api/experiments/:experiment/${transition}`,
      tag: 'Experiments',
      summary,
      auth: 'admin',
      body,
      answer: experiment,
      handle: ({ principal, params, body: input }) =>
        transact(services, principal, params.experiment ?? '', transition, input.phase, (tx, row) =>
          work(tx, row, input, principal),
        ),
    });
  return [
    move('start', 'Start the first phase: assignment begins.', moveInput, async (tx, row, body) => {
      await start(tx, row, now());
      return { ...body, phase: nextPhase(row)?.position };
    }),
    move('pause', 'Everyone gets the champion; outcomes of exposed units still count.', moveInput, (tx, row, body) =>
      pause(tx, row, now()).then(() => described(row, body)),
    ),
    move(
      'resume',
      'Assignment goes on with the same salt, so that units keep their variant.',
      moveInput,
      (tx, row, body) => resume(tx, row, now()).then(() => described(row, body)),
    ),
    move(
      'advance',
      'End the running phase and start the next planned one; after a rollback only the latter.',
      moveInput,
      async (tx, row, body, who) => {
        const reason = body.reason ?? `${who.name} started the next phase.`;
        await advance(tx, row, reason, now());
        return { reason, from: runningPhase(row)?.position ?? null, to: nextPhase(row)?.position };
      },
    ),
    move(
      'roll-back',
      'End the running phase as rolled back and pause the experiment: everyone gets the champion.',
      moveInput,
      async (tx, row, body, who) => {
        const reason = body.reason ?? `${who.name} rolled it back.`;
        await rollBack(tx, row, needPhase(row), reason, {}, now(), who.name);
        return null;
      },
    ),
    move('hold', 'Keep the canary at its step until it is released.', holdInput, async (tx, row, { reason }, who) => {
      await hold(tx, needPhase(row), { by: who.name, at: now().toISOString(), reason });
      return described(row, { reason });
    }),
    move('release', 'Let the held canary go on by itself.', moveInput, async (tx, row, body) => {
      await release(tx, needPhase(row));
      return described(row, body);
    }),
    move(
      'conclude',
      'End the experiment; optionally promote a variant to champion in the same transaction.',
      concludeInput,
      async (tx, row, body, who) => {
        const slot = await needSlot(tx, row.environmentId, row.slotKey);
        if (body.promote) refuseUnknownVariant(slot, body.promote);
        const reason = body.reason ?? `${who.name} concluded the experiment.`;
        await conclude(tx, row, slot, { promote: body.promote, reason }, now());
        return { ...body, ...(body.promote ? { from: slot.champion } : {}) };
      },
    ),
  ];
}

/** `refuseSenseless` has let only experiments with a running phase through. */
function needPhase(row: ExperimentRow): PhaseRow {
  const phase = runningPhase(row);
  if (!phase) throw new Error(`"${row.key}" has no running phase`);
  return phase;
}

function described(row: ExperimentRow, body: { reason?: string | undefined }): Detail {
  const phase = runningPhase(row);
  return { ...body, ...(phase ? { phase: phase.position, step: phase.step } : {}) };
}
