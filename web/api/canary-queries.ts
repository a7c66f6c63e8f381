import { mutationOptions } from '@tanstack/react-query';
import type { CanaryPlan, DryRun } from '../../server/contract/canary-plan-contract.ts';
import type { Experiment } from '../../server/contract/catalog.ts';
import type { Phase } from '../../server/contract/phase-contract.ts';
import { call } from './api-client.ts';
import { experimentsQuery } from './queries.ts';

export type CanarySettings = NonNullable<Phase['canary']>;

/** What each step of a ramp would need, and how long it would take; changes nothing. */
export const canaryPlanMutation = ({ slot, range }: Pick<Experiment, 'slot' | 'range'>) =>
  mutationOptions({
    mutationFn: (canary: CanarySettings) =>
      call<CanaryPlan>('/api/canary/plan', {
        method: 'POST',
        body: { slot, canary, trafficShare: Math.min(1, range.to - range.from) },
      }),
  });

/** What a policy would have done on the data of a ramp that has run; changes nothing. */
export const dryRunMutation = (experiment: string, phase: number) =>
  mutationOptions({
    mutationFn: (canary: CanarySettings) =>
      call<DryRun>('/api/canary/dry-run', { method: 'POST', body: { experiment, phase, canary } }),
  });

/** Writes another ramp into a phase that is to come. */
export const saveRampMutation = (experiment: string, phase: Phase) =>
  mutationOptions({
    mutationFn: (canary: CanarySettings) => {
      const { position, mode, plan, continues, gate, split } = phase;
      const candidate = split.find(({ control }) => !control)?.variant;
      return call<Experiment>(`/api/experiments/${encodeURIComponent(experiment)}/phases/${position}`, {
        method: 'PUT',
        body: { mode, candidate, plan, continues, gate, canary },
      });
    },
    onSuccess: async (_answer, _canary, _context, { client }) => {
      client.invalidateQueries({ queryKey: experimentsQuery.queryKey });
      client.invalidateQueries({ queryKey: ['history', experiment] });
      await client.invalidateQueries({ queryKey: ['report', experiment] });
    },
  });
