import { describe, expect, it } from 'vitest';
import { canarySettings } from '../../server/contract/settings-contract.ts';
import { settingsOf, trialOf, withStep } from '../../web/modes/ramp-trial.ts';

const base = canarySettings.parse({
  steps: [
    { share: 0.0333, minimumSeconds: 1, minimumRequests: 20 },
    { share: 0.5, minimumSeconds: 5400 },
  ],
  guardrails: [
    { kind: 'errors' },
    { kind: 'metric', metric: 'spend', margin: { absolute: 0.25 } },
    { kind: 'metric', metric: 'clicks', margin: { relative: 0.1 }, mustPass: false },
  ],
});

describe('a ramp in a form', () => {
  it('reads as it was written, in percent and minutes', () => {
    const trial = trialOf(base);
    expect(trial.steps[1]).toMatchObject({ share: '50', minutes: '90', requests: '500' });
    expect(trial.guardrails.map(({ name, margin, unit }) => [name, margin, unit])).toEqual([
      ['Errors', '50', '%'],
      ['Metric spend', '0.25', 'own'],
      ['Metric clicks', '10', '%'],
    ]);
    expect(settingsOf(trial, base)).toEqual({ settings: base });
  });

  it('takes a comma for a point, and says what is wrong with the rest', () => {
    const trial = trialOf(base);
    const [first, second] = trial.steps;
    if (!first || !second) throw new Error('two steps');
    const comma = settingsOf({ ...trial, steps: [{ ...first, share: '2,5' }, second] }, base);
    expect(comma).toMatchObject({ settings: { steps: [{ share: 0.025 }, { share: 0.5 }] } });
    expect(settingsOf({ ...trial, steps: [{ ...first, share: 'much' }, second] }, base)).toEqual({
      wrong: 'Step 1: the share must be a number from 0.01 to 99.99.',
    });
    expect(settingsOf({ ...trial, steps: [second, first] }, base)).toEqual({
      wrong: 'Step 2 must have a larger share than step 1.',
    });
    expect(settingsOf({ ...trial, alpha: '' }, base)).toHaveProperty('wrong');
  });

  it('gets a further step between the last and everyone', () => {
    const more = withStep(trialOf(base));
    expect(more.steps.map(({ share, id }) => [share, id])).toEqual([
      ['3.33', 0],
      ['50', 1],
      ['75', 2],
    ]);
    expect(settingsOf(more, base)).toHaveProperty('settings');
  });
});
