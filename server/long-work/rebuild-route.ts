import { setTimeout as sleep } from 'node:timers/promises';
import { phaseOf } from '../analysis/named-subject.ts';
import { writeAudit } from '../audit/audit-store.ts';
import * as contract from '../contract/long-work-contract.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import { needExperiment } from '../experiments/need-experiment.ts';
import { translate } from '../http/error-handler.ts';
import { AssayError } from '../http/errors.ts';
import { type Route, type RouteContext, route } from '../http/route.ts';
import { rebuildPhase } from '../rollup/rebuild.ts';
import type { Services } from '../services.ts';
import { hangUp } from './hang-up.ts';
import { workLimit } from './work-limit.ts';

/** How often a taken lock is asked for again. */
const RETRY_MS = 200;
const { REBUILD_STEPS } = contract;

type Told = (line: contract.RebuildLine) => void;

export function rebuildRoute(services: Services): Route {
  const limited = workLimit(1, 'rebuilds');
  return route({
    method: 'post',
    path: '/api/experiments/:experiment/rebuild',
    tag: 'Experiments',
    summary:
      'Computes the numbers of a phase again from raw events; looks that were taken stay. The answer is a line of JSON for each step; hanging up cancels it, and all stays as it was.',
    auth: 'admin',
    body: contract.rebuildInput,
    answer: contract.rebuildLine,
    async handle(context) {
      const { principal, params, body, response } = context;
      const row = await needExperiment(services.db, principal.environmentId, params.experiment ?? '');
      const phase = phaseOf(row, body.phase === undefined ? undefined : String(body.phase));
      refuseUnlessPossible(services, phase);
      return limited(async () => {
        response.status(200).type('application/x-ndjson');
        response.set({ 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' });
        const tell: Told = (line) => void response.write(`${JSON.stringify(line)}\n`);
        const last = await rebuild(services, context, { key: row.key, phase }, tell);
        tell(last);
        response.end();
        return last;
      });
    },
  });
}

function refuseUnlessPossible({ disk }: Services, { position, frozenAt }: PhaseRow): void {
  if (frozenAt) {
    throw new AssayError(
      'not_possible_now',
      `Phase ${position} cannot be rebuilt: its raw events are partly gone since ${frozenAt.toISOString()}. Its numbers stay as they are.`,
    );
  }
  if (disk.isShort()) {
    throw new AssayError('disk_full', 'The disk of the database is short of room: make some, then rebuild.');
  }
}

/** Its last line, whatever happens: the answer has begun. */
async function rebuild(
  services: Services,
  { principal, response }: RouteContext<unknown>,
  { key, phase }: { key: string; phase: PhaseRow },
  tell: Told,
): Promise<contract.RebuildLine> {
  const { pool, db, now, log } = services;
  const startedAt = performance.now();
  const { signal, watch } = hangUp(pool, response);
  try {
    let changed = 0;
    for (;;) {
      const done = await rebuildPhase(pool, phase.id, now(), {
        begun: watch,
        step(step) {
          signal.throwIfAborted();
          tell({ type: 'step', step, done: REBUILD_STEPS.indexOf(step), of: REBUILD_STEPS.length });
        },
        wrote: (rows) => {
          changed = rows;
        },
      });
      if (done !== null) break;
      tell({ type: 'waiting' });
      await sleep(RETRY_MS, undefined, { signal });
    }
    const seconds = Math.round(performance.now() - startedAt) / 1000;
    await writeAudit(db, principal, 'experiment.rebuild', `experiment:${key}`, { phase: phase.position, changed });
    return { type: 'done', seconds, changed };
  } catch (error) {
    const known = translate(error);
    if (!signal.aborted) log.error({ err: error }, 'a rebuild failed');
    return { type: 'failed', message: signal.aborted ? 'Cancelled: all is as it was.' : known.message };
  }
}
