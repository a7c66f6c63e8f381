import { describe, expect, it } from 'vitest';
import { experimentInput, type Slot } from '../../server/contract/catalog.ts';
import { type Phase, phaseInput } from '../../server/contract/phase-contract.ts';
import { ApiError } from '../../web/api/api-client.ts';
import { metricsWithMargin, phaseWithPlan } from '../../web/planner/draft-phase.ts';
import {
  comparisonsOf,
  emptyDraft,
  experimentBody,
  keyOfName,
  obstacleBefore,
} from '../../web/planner/experiment-draft.ts';
import { readPlanForm } from '../../web/planner/plan-fields.ts';
import { refusedFields } from '../../web/planner/refused-fields.ts';

const inputOf = (query: string) => {
  const { input } = readPlanForm(new URLSearchParams(query));
  if (!input) throw new Error('a plan');
  return input;
};
const slot: Slot = {
  key: 'feed',
  output: 'ranking',
  champion: 'old',
  variants: ['new', 'old', 'other'].map((key) => ({ key, payload: null })),
  timeoutMs: 1000,
  fallback: null,
  createdAt: '2026-11-01T00:00:00Z',
};

describe('a new experiment beside its plan', () => {
  it('is a request that the contract takes, with weights that sum to 1', () => {
    const input = inputOf('challengers=2&controlShare=33.4');
    const draft = { ...emptyDraft(input), name: ' Größere Bilder ', before: ['interleave' as const], automatic: true };
    const { body, problems } = experimentBody(draft, { slot, metric: 'clicks', input, units: 900 });
    expect(problems).toEqual({});
    const parsed = experimentInput.parse(body);
    expect(parsed).toMatchObject({ key: 'grossere-bilder', name: 'Größere Bilder', metrics: [{ metric: 'clicks' }] });
    expect(parsed.phases.map(({ mode, gate }) => [mode, gate])).toEqual([
      ['interleave', 'automatic'],
      ['ab', 'manual'],
    ]);
    const split = parsed.phases[1]?.split ?? [];
    expect(split.map(({ variant }) => variant)).toEqual(['new', 'other', 'old']);
    expect(Math.abs(split.reduce((sum, { weight }) => sum + weight, 0) - 1)).toBeLessThan(1e-9);
  });

  it('says at each field what is missing', () => {
    const input = inputOf('challengers=3');
    const draft = { ...emptyDraft(input), from: '50', to: '20' };
    const { body, problems } = experimentBody(draft, { slot, metric: '', input, units: 900 });
    expect(body).toBeNull();
    expect(Object.keys(problems).sort()).toEqual(['metrics', 'name', 'range', 'variants']);
    expect(problems.variants).toBe('The plan is for 3 beside the control, and 2 are chosen.');
  });

  it('of a margin needs a primary metric beside the guardrail that is planned', () => {
    const input = inputOf('question=not_worse&margin=2.5');
    const draft = emptyDraft(input);
    expect(draft.metrics.map(({ metric, role, margin }) => [metric, role, margin])).toEqual([
      ['', 'primary', ''],
      [null, 'guardrail', '2.5'],
    ]);
    expect(comparisonsOf(draft.metrics, ['a', 'b'])).toBe(2);
  });

  it('offers shadow and canary for one variant, interleaving where rankings are', () => {
    expect(obstacleBefore('canary', slot, ['new'])).toBeNull();
    expect(obstacleBefore('canary', slot, ['new', 'other'])).toMatch(/one variant/);
    expect(obstacleBefore('interleave', { ...slot, output: 'value' }, ['new'])).toMatch(/ranks/);
  });

  it('makes keys of names', () => {
    expect(['Crème brûlée!', '  --', 'A'.repeat(90)].map(keyOfName)).toEqual(['creme-brulee', '', 'a'.repeat(64)]);
  });
});

describe('a plan into a draft', () => {
  const phase = {
    mode: 'ab',
    assignment: 'hash',
    continues: false,
    sticky: true,
    gate: 'automatic',
    split: [
      { variant: 'new', weight: 0.5, control: false },
      { variant: 'old', weight: 0.5, control: true },
    ],
    plan: {
      level: 0.9,
      design: 'fixed',
      looks: 1,
      units: 100,
      durationSeconds: 3600,
      latenessSeconds: 60,
      minimumEffect: 0.2,
      correction: 'dunnett',
      covariates: { days: 0, attributes: ['age'] },
      cluster: null,
    },
  } as unknown as Phase;

  it('replaces what was planned and keeps what the planner does not ask', () => {
    const wanted = phaseInput.parse(
      phaseWithPlan(phase, inputOf('design=group_sequential&looks=3&controlShare=80'), 777),
    );
    expect(wanted).toMatchObject({ sticky: true, gate: 'automatic' });
    expect(wanted.split).toEqual([
      { variant: 'new', weight: 0.2 },
      { variant: 'old', weight: 0.8 },
    ]);
    expect(wanted.plan).toEqual({
      level: 0.95,
      design: 'group_sequential',
      looks: 3,
      units: 777,
      durationSeconds: null,
      latenessSeconds: 60,
      minimumEffect: 0.05,
      correction: 'holm',
      covariates: { days: 0, attributes: ['age'] },
      cluster: null,
    });
  });

  it('adds the margin that was planned for', () => {
    const metrics = [{ metric: 'a', name: 'A', role: 'primary' as const, margin: null }];
    const input = inputOf('question=not_worse&margin=3');
    const margin = { relative: 0.03 };
    expect(metricsWithMargin({ metrics }, 'a', input)).toEqual([{ metric: 'a', role: 'primary', margin }]);
    expect(metricsWithMargin({ metrics }, 'b', input)?.[1]).toEqual({ metric: 'b', role: 'guardrail', margin });
    expect(metricsWithMargin({ metrics }, 'a', inputOf(''))).toBeNull();
  });
});

describe('what the server refuses', () => {
  const refused = (message: string, details?: { path: string; message: string }[], code = 'invalid_request') =>
    refusedFields(new ApiError(400, { code, message, ...(details ? { details } : {}) }));

  it('stands at the field that can change it', () => {
    expect(refused('not valid', [{ path: 'key', message: 'use a-z' }])).toEqual({ key: 'Use a-z.' });
    expect(refused('phases.0.plan: a fixed design has one look.')).toEqual({ plan: 'A fixed design has one look.' });
    expect(refused('phases.0.canary.steps: too short')).toEqual({ before: 'Too short.' });
    expect(refused('metrics: there is no metric "x".')).toEqual({ metrics: 'There is no metric "x".' });
    expect(refused('There is already an experiment "x".', undefined, 'conflict')).toHaveProperty('key');
  });

  it('is no field where none is named', () => {
    expect(refused('Something else: entirely')).toEqual({});
    expect(refusedFields(new Error('x'))).toEqual({});
  });
});
