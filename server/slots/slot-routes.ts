import { z } from 'zod';
import { writeAudit } from '../audit/audit-store.ts';
import * as contract from '../contract/catalog.ts';
import type { Executor } from '../db/database.ts';
import { lockSlot } from '../experiments/experiment-store.ts';
import { promoteTo } from '../experiments/transitions.ts';
import { AssayError } from '../http/errors.ts';
import { type Route, route } from '../http/route.ts';
import { changeRuleset } from '../ruleset/change-ruleset.ts';
import type { Services } from '../services.ts';
import { findSlot, insertSlot, insertVariants, listSlots, type SlotRow } from './slot-store.ts';

export function slotRoutes(services: Services): Route[] {
  const { db } = services;
  return [
    route({
      method: 'get',
      path: '/api/slots',
      tag: 'Slots',
      summary: 'All slots with their variants.',
      auth: 'admin',
      answer: z.object({ slots: z.array(contract.slot) }),
      async handle({ principal }) {
        return { slots: (await listSlots(db, principal.environmentId)).map(toContract) };
      },
    }),
    route({
      method: 'post',
      path: '/api/slots',
      tag: 'Slots',
      summary: 'Make a slot: a named place in a service where one of several models answers.',
      auth: 'admin',
      body: contract.slotInput,
      answer: contract.slot,
      status: 201,
      handle: ({ principal, body }) =>
        changeRuleset(services, principal.environmentId, async (tx) => {
          refuseBadVariants(body);
          const id = await insertSlot(tx, principal.environmentId, body);
          if (id === null)
            throw new AssayError('conflict', `There is already a slot "${body.key}": choose another key.`);
          await insertVariants(tx, id, body.variants);
          await writeAudit(tx, principal, 'slot.create', `slot:${body.key}`, { champion: body.champion });
          return toContract(await needSlot(tx, principal.environmentId, body.key));
        }),
    }),
    route({
      method: 'get',
      path: '/api/slots/:slot',
      tag: 'Slots',
      summary: 'One slot.',
      auth: 'admin',
      answer: contract.slot,
      async handle({ principal, params }) {
        return toContract(await needSlot(db, principal.environmentId, params.slot ?? ''));
      },
    }),
    route({
      method: 'post',
      path: '/api/slots/:slot/variants',
      tag: 'Slots',
      summary: 'Add a variant: a key and the payload the service needs to call that model.',
      auth: 'admin',
      body: contract.variantInput,
      answer: contract.slot,
      status: 201,
      handle: ({ principal, params, body }) =>
        changeRuleset(services, principal.environmentId, async (tx) => {
          const slot = await needSlot(tx, principal.environmentId, params.slot ?? '');
          if ((await insertVariants(tx, slot.id, [body])) === 0) {
            throw new AssayError('conflict', `Slot "${slot.key}" already has a variant "${body.key}".`);
          }
          await writeAudit(tx, principal, 'variant.create', `slot:${slot.key}`, { variant: body.key });
          return toContract(await needSlot(tx, principal.environmentId, slot.key));
        }),
    }),
    championRoute(services),
  ];
}

function championRoute(services: Services): Route {
  return route({
    method: 'put',
    path: '/api/slots/:slot/champion',
    tag: 'Slots',
    summary: 'Choose the variant that answers whenever nothing else applies; refused while an experiment runs.',
    auth: 'admin',
    body: contract.championInput,
    answer: contract.slot,
    handle: ({ principal, params, body }) =>
      changeRuleset(services, principal.environmentId, async (tx) => {
        const slot = await needSlot(tx, principal.environmentId, params.slot ?? '');
        refuseUnknownVariant(slot, body.champion);
        await lockSlot(tx, slot.id);
        await promoteTo(tx, slot, body.champion);
        await writeAudit(tx, principal, 'slot.champion', `slot:${slot.key}`, {
          from: slot.champion,
          to: body.champion,
          ...(body.reason ? { reason: body.reason } : {}),
        });
        return toContract({ ...slot, champion: body.champion });
      }),
  });
}

export async function needSlot(db: Executor, environmentId: number, key: string): Promise<SlotRow> {
  const slot = await findSlot(db, environmentId, key);
  if (!slot) throw new AssayError('not_found', `There is no slot "${key}". List them with GET /api/slots.`);
  return slot;
}

export function refuseUnknownVariant(slot: SlotRow, key: string): void {
  if (slot.variants.some((each) => each.key === key)) return;
  throw new AssayError(
    'invalid_request',
    `Slot "${slot.key}" has no variant "${key}"; it has ${slot.variants.map((each) => `"${each.key}"`).join(', ')}.`,
  );
}

function refuseBadVariants(input: { variants: { key: string }[]; champion: string }): void {
  const keys = input.variants.map((each) => each.key);
  if (new Set(keys).size < keys.length) throw new AssayError('invalid_request', 'variants: each key may stand once.');
  if (!keys.includes(input.champion)) {
    throw new AssayError('invalid_request', `champion: "${input.champion}" is not one of the variants.`);
  }
}

function toContract(row: SlotRow): contract.Slot {
  return {
    key: row.key,
    output: row.output,
    champion: row.champion,
    variants: row.variants.map((each) => ({ key: each.key, payload: each.payload })),
    timeoutMs: row.timeoutMs,
    fallback: row.fallback,
    createdAt: row.createdAt.toISOString(),
  };
}
