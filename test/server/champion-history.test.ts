import { expect, it } from 'vitest';
import { championHistory } from '../../server/slots/champion-history.ts';

const at = (day: number) => new Date(Date.UTC(2026, 2, day));
const iso = (day: number) => at(day).toISOString();

it('tells who was champion from when to when, by whom and by which experiment', () => {
  const experiment = { key: 'test', name: 'A test' };
  const history = championHistory([
    { at: at(1), actor: 'Ada', action: 'slot.create', detail: { champion: 'old' }, experiment: null },
    { at: at(2), actor: 'Bo', action: 'slot.champion', detail: { from: 'old', to: 'old' }, experiment: null },
    { at: at(3), actor: 'Bo', action: 'experiment.conclude', detail: { promote: 'new', from: 'old' }, experiment },
    {
      ...{ at: at(4), actor: 'Cy', action: 'slot.champion', experiment: null },
      detail: { from: 'new', to: 'old', reason: 'Too slow.' },
    },
  ]);
  expect(history).toEqual([
    { variant: 'old', from: iso(4), until: null, actor: 'Cy', experiment: null, first: false, reason: 'Too slow.' },
    { variant: 'new', from: iso(3), until: iso(4), actor: 'Bo', experiment, first: false, reason: null },
    { variant: 'old', from: iso(1), until: iso(3), actor: 'Ada', experiment: null, first: true, reason: null },
  ]);
});

it('knows nothing of a slot without history', () => {
  expect(championHistory([])).toEqual([]);
});
