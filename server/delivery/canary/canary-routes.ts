import { canaryPlan, canaryPlanInput, type DryRun, dryRun, dryRunInput } from '../../contract/canary-plan-contract.ts';
import { needExperiment } from '../../experiments/need-experiment.ts';
import { AssayError } from '../../http/errors.ts';
import { type Route, route } from '../../http/route.ts';
import type { Services } from '../../services.ts';
import { needSlot } from '../../slots/slot-routes.ts';
import { planCanary } from './canary-plan.ts';
import { settingsOf } from './canary-view.ts';
import { dryRunOf } from './dry-run.ts';
import { readPastRamp } from './read-past-ramp.ts';
import { readTraffic } from './read-traffic.ts';

export function canaryRoutes({ db, pool, now }: Services): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/canary/plan',
      tag: 'Canary',
      summary: 'Samples that each step of a ramp needs, and how long it takes at current traffic. Changes nothing.',
      auth: 'admin',
      body: canaryPlanInput,
      answer: canaryPlan,
      async handle({ principal, body }) {
        const slot = await needSlot(db, principal.environmentId, body.slot);
        const known = await readTraffic(db, slot.id, now());
        const all = body.requestsPerSecond ?? known.requestsPerSecond;
        return planCanary(body.canary, {
          requestsPerSecond: all === null ? null : all * body.trafficShare,
          errorRate: body.errorRate ?? known.errorRate,
        });
      },
    }),
    route({
      method: 'post',
      path: '/api/canary/dry-run',
      tag: 'Canary',
      summary: 'What a policy would have done on the data of a canary phase that has run. Changes nothing.',
      auth: 'admin',
      body: dryRunInput,
      answer: dryRun,
      async handle({ principal, body }): Promise<DryRun> {
        const row = await needExperiment(db, principal.environmentId, body.experiment);
        const phase = row.phases.find((each) => each.position === body.phase);
        if (phase?.mode !== 'canary' || phase.startedAt === null) {
          throw new AssayError(
            'invalid_request',
            `phase: ${body.phase} of "${row.key}" is not a canary that has run; name the position of one.`,
          );
        }
        if (phase.frozenAt) {
          const since = phase.frozenAt.toISOString().slice(0, 10);
          throw new AssayError(
            'not_possible_now',
            `The raw events of this phase are partly gone since ${since}; a dry run needs them all. Name a later canary.`,
          );
        }
        const ran = settingsOf(phase);
        const policy = body.canary ?? ran;
        refuseOtherGuardrails(ran.guardrails, policy.guardrails);
        const actions = dryRunOf(ran, policy, await readPastRamp(pool, phase, now()));
        return { sentence: sentenceOf(actions), actions, notes: NOTES };
      },
    }),
  ];
}

const NOTES = [
  'Shares are those that really ran: a policy that would have been at another step is judged on the data of the step that ran.',
  'Guardrails on metrics, the sample ratio, holds and pauses are not replayed; thresholds of slow calls are those that ran.',
];

/** First failing units are stored by the place of the guardrail that they failed. */
function refuseOtherGuardrails(ran: { kind: string }[], policy: { kind: string }[]): void {
  const kinds = (list: { kind: string }[]) => list.map((each) => each.kind).join(', ');
  if (kinds(ran) === kinds(policy)) return;
  throw new AssayError(
    'invalid_request',
    `canary.guardrails: the phase recorded failures of ${kinds(ran)}, in this order; a policy for it has the same guardrails, with other margins and must-passes.`,
  );
}

function sentenceOf(actions: DryRun['actions']): string {
  const last = actions.at(-1);
  if (!last) return 'The policy would have stayed at step 1.';
  const at = `${last.at.slice(0, 16).replace('T', ' ')} UTC`;
  if (last.kind === 'roll_back') return `The policy would have rolled back at step ${last.step}, on ${at}.`;
  if (last.kind === 'finish') return `The policy would have completed its ${last.step} steps on ${at}.`;
  return `The policy would have reached step ${last.step + 1} on ${at} and stayed there.`;
}
