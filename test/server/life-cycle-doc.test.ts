import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { experimentInput, transition } from '../../server/contract/catalog.ts';
import { checkExperiment } from '../../server/experiments/check-experiment.ts';
import { fromRoot } from '../../server/repository-root.ts';
import { metricOf, START } from './report-fixture.ts';

const page = readFileSync(fromRoot('docs', 'modes', 'life-cycle.md'), 'utf8');

it('the example of the page is a plan that is taken', () => {
  const [, json] = /```json\n([\s\S]+?)```/.exec(page) ?? [];
  const input = experimentInput.parse(JSON.parse(json ?? ''));
  const variants = ['v1', 'v2'].map((key, i) => ({ id: i + 1, key, payload: null }));
  const slot = { id: 1, key: input.slot, output: 'value', salt: 'salt', champion: 'v1', variants } as const;
  const parts = checkExperiment(input, { ...slot, variants, timeoutMs: 1000, fallback: null, createdAt: START }, [
    metricOf({ key: 'chargeback' }),
  ]);
  expect(parts.phases.map((each) => each.mode)).toEqual(['shadow', 'canary', 'ab']);
});

it('the page names every move', () => {
  for (const each of transition.options) expect(page).toContain(`\`${each}\``);
});
