import { readVerdictReport } from '../analysis/report-reader.ts';
import { experiment } from '../contract/catalog.ts';
import { moveInput } from '../contract/life-cycle-contract.ts';
import { needExperiment } from '../experiments/need-experiment.ts';
import { runningPhase } from '../experiments/phase-order.ts';
import { refuseSenseless } from '../experiments/possible-transitions.ts';
import { takeStep } from '../experiments/ramp-moves.ts';
import { transact } from '../experiments/transact.ts';
import { AssayError } from '../http/errors.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';

/** A person's step of a ramp: minima may be missing, but nothing may have failed. */
export function stepRoute(services: Services): Route {
  return route({
    method: 'post',
    path: '/api/experiments/:experiment/step',
    tag: 'Experiments',
    summary: 'Take the next step of the canary now, before its minima; refused when a guardrail has failed.',
    auth: 'admin',
    body: moveInput,
    answer: experiment,
    async handle({ principal, params, body }) {
      const key = params.experiment ?? '';
      const seen = await needExperiment(services.db, principal.environmentId, key);
      refuseSenseless(seen, 'step');
      const { gate } = await readVerdictReport(services, seen);
      if (gate?.state === 'fail') {
        throw new AssayError(
          'not_possible_now',
          `Experiment "${key}" cannot take a step: ${gate.sentence} Roll it back with POST /api/experiments/${key}/roll-back.`,
        );
      }
      return transact(services, principal, key, 'step', body.phase, async (tx, row) => {
        const phase = runningPhase(row);
        if (!phase || phase.id !== runningPhase(seen)?.id || phase.step !== runningPhase(seen)?.step) {
          throw new AssayError(
            'conflict',
            `Experiment "${key}" has moved on meanwhile: look again before the next step.`,
          );
        }
        const detail = { by: principal.name, ...body };
        return { ...body, phase: phase.position, ...(await takeStep(tx, phase, detail, services.now())) };
      });
    },
  });
}
