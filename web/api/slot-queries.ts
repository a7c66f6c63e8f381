import { mutationOptions, queryOptions } from '@tanstack/react-query';
import type { Slot } from '../../server/contract/catalog.ts';
import type { Reign } from '../../server/contract/slot-contract.ts';
import { call } from './api-client.ts';
import { slotListQuery } from './catalogue-queries.ts';
import { homeQuery } from './home-queries.ts';
import { experimentsQuery } from './queries.ts';

const slotPath = (key: string) => `/api/slots/${encodeURIComponent(key)}`;
const slotKey = (key: string) => ['slot', key];

export const slotQuery = (key: string) =>
  queryOptions({
    queryKey: slotKey(key),
    queryFn: ({ signal }) => call<Slot>(slotPath(key), { signal }),
  });

/** Who was champion from when to when, newest first. */
export const championsQuery = (key: string) =>
  queryOptions({
    queryKey: ['slot-champions', key],
    queryFn: ({ signal }) => call<{ champions: Reign[] }>(`${slotPath(key)}/champions`, { signal }),
    select: ({ champions }) => champions,
  });

/** The kill switch, its undoing, and another champion. */
export type SlotMove =
  | { action: 'pause' | 'resume'; reason?: string }
  | { action: 'champion'; champion: string; reason?: string };

export const slotMutation = (key: string) =>
  mutationOptions({
    mutationFn: ({ action, ...body }: SlotMove) =>
      action === 'champion'
        ? call<unknown>(`${slotPath(key)}/champion`, { method: 'PUT', body })
        : call<unknown>(`${slotPath(key)}/${action}`, { method: 'POST', body }),
    onSuccess: async (_answer, _move, _context, { client }) => {
      client.invalidateQueries({ queryKey: slotListQuery.queryKey });
      client.invalidateQueries({ queryKey: homeQuery.queryKey });
      client.invalidateQueries({ queryKey: ['slot-champions', key] });
      client.invalidateQueries({ queryKey: ['report'] });
      client.invalidateQueries({ queryKey: ['history'] });
      await Promise.all([
        client.invalidateQueries({ queryKey: slotKey(key) }),
        client.invalidateQueries({ queryKey: experimentsQuery.queryKey }),
      ]);
    },
  });
