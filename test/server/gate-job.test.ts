import { expect, it } from 'vitest';
import type { HealthItem } from '../../server/contract/report-contract.ts';
import { handsOver } from '../../server/delivery/gate-job.ts';

const gate = (state: 'pass' | 'fail' | 'inconclusive' | 'no_data') => ({ state, sentence: 'So it is.', limits: [] });
const item = (check: HealthItem['check'], status: HealthItem['status']): HealthItem => ({
  ...{ check, status, sentence: 'So it is.' },
  ...{ numbers: {}, causes: [] },
});

it('hands over only at a pass', () => {
  expect(handsOver({ gate: gate('pass'), health: [item('pending', 'waiting')] })).toBe(true);
  for (const state of ['fail', 'inconclusive', 'no_data'] as const) {
    expect(handsOver({ gate: gate(state), health: [] })).toBe(false);
  }
  expect(handsOver({ gate: null, health: [] })).toBe(false);
});

it('never on data that are alarming or behind', () => {
  expect(handsOver({ gate: gate('pass'), health: [item('sample_ratio', 'alarm')] })).toBe(false);
  expect(handsOver({ gate: gate('pass'), health: [item('pending', 'warning')] })).toBe(false);
  expect(handsOver({ gate: gate('pass'), health: [item('calls', 'warning')] })).toBe(true);
});
