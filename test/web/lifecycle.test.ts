import { describe, expect, it } from 'vitest';
import type { Experiment } from '../../server/contract/catalog.ts';
import type { Phase } from '../../server/contract/phase-contract.ts';
import { safeReturn } from '../../web/api/safe-return.ts';
import { lifecycleSteps } from '../../web/parts/lifecycle.ts';
import { variantColours } from '../../web/parts/variant-colours.ts';
import { samplePhase } from './report-samples.ts';

const possible = (state: Experiment['state'], assignment: Phase['assignment'] = 'hash') =>
  lifecycleSteps({ state, phases: [samplePhase({}, { assignment })] })
    .filter((step) => step.reason === null)
    .map((step) => step.action);

describe('buttons of the life cycle', () => {
  it('offers what makes sense in each state', () => {
    expect(possible('draft')).toEqual(['start']);
    expect(possible('running')).toEqual(['pause', 'conclude']);
    expect(possible('paused')).toEqual(['resume', 'conclude']);
    expect(possible('concluded')).toEqual([]);
  });

  it('does not offer to pause what is assigned elsewhere', () => {
    expect(possible('running', 'external')).toEqual(['conclude']);
  });

  it('gives a reason for every button that is off', () => {
    for (const state of ['draft', 'concluded'] as const) {
      for (const { reason } of lifecycleSteps({ state, phases: [] })) expect(reason ?? 'none').toMatch(/\w/);
    }
  });
});

describe('the address to return to', () => {
  it('is a path of the dashboard and nothing else', () => {
    expect(safeReturn('/experiments/a?exposures=cumulative')).toBe('/experiments/a?exposures=cumulative');
    for (const next of [null, '', '//evil.example', '/\\evil.example', 'https://evil.example', '/sign-in?next=/']) {
      expect(safeReturn(next)).toBe('/');
    }
  });
});

describe('colours of variants', () => {
  it('keeps the control grey wherever it stands and challengers by their order', () => {
    const colours = variantColours([
      { variant: 'b', control: false },
      { variant: 'a', control: true },
      { variant: 'c', control: false },
    ]);
    expect([...colours.values()]).toEqual(['var(--variant-1)', 'var(--variant-control)', 'var(--variant-2)']);
  });
});
