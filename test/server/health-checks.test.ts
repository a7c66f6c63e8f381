import { expect, it } from 'vitest';
import { healthChecks } from '../../server/analysis/health-checks.ts';
import type { ReportRows } from '../../server/analysis/report-store.ts';
import type { PhaseRow } from '../../server/experiments/experiment-store.ts';
import { NO_ROWS } from './sample-arms.ts';

const now = new Date('2026-01-01T00:00:00Z');
const phase = {
  assignment: 'hash',
  rebuildWanted: false,
  plan: { level: 0.95, design: 'always_valid' },
  split: [
    { variantId: 2, variant: 'new', weight: 0.5, control: false },
    { variantId: 1, variant: 'old', weight: 0.5, control: true },
  ],
} as PhaseRow;

interface Arm {
  units: number;
  mixed?: number;
  sticky?: number;
  late?: number;
  calls?: { made: number; missing: number };
}

function check(name: string, old: Arm, fresh: Arm, pending: Partial<ReportRows['pending']> = {}) {
  const arms = [
    { variantId: 1, variant: 'old', control: true, ...old },
    { variantId: 2, variant: 'new', control: false, ...fresh },
  ];
  const rows: ReportRows = {
    ...NO_ROWS,
    counts: arms.map((arm) => ({
      variantId: arm.variantId,
      units: arm.units,
      mixed: arm.mixed ?? 0,
      sticky: arm.sticky ?? 0,
    })),
    late: arms.map((arm) => ({ variantId: arm.variantId, n: arm.late ?? 0 })),
    pending: { batches: 0, oldestAt: null, dirtyUnits: 0, ...pending },
  };
  const variants = arms.map((arm) => ({
    variant: arm.variant,
    control: arm.control,
    weight: 0.5,
    units: arm.units,
    mixedUnits: arm.mixed ?? 0,
    rememberedUnits: arm.sticky ?? 0,
    calls: arm.calls ? { ...arm.calls, errors: 0, timeouts: 0, cancelled: 0, meanMs: 1 } : null,
  }));
  const found = healthChecks(phase, rows, variants, [], now).find((each) => each.check === name);
  return found ? [found.status, found.sentence] : null;
}

it('raises the sample-ratio alarm for a split that chance does not explain, and not for one that it does', () => {
  expect(check('sample_ratio', { units: 5050 }, { units: 4950 })?.[0]).toBe('ok');
  const [status, sentence] = check('sample_ratio', { units: 5500 }, { units: 4500 }) ?? [];
  expect(status).toBe('alarm');
  expect(sentence).toContain('old 5\u202f500, new 4\u202f500; expected 5\u202f000 : 5\u202f000');
  // Gross mismatches of small experiments too.
  expect(check('sample_ratio', { units: 100 }, { units: 300 })?.[0]).toBe('alarm');
  expect(check('sample_ratio', { units: 0 }, { units: 40 })?.[0]).toBe('alarm');
  expect(check('sample_ratio', { units: 10 }, { units: 14 })?.[0]).toBe('ok');
  expect(check('sample_ratio', { units: 0 }, { units: 0 })?.[0]).toBe('waiting');
});

it('leaves units whose decision was remembered out of the sample ratio', () => {
  const [status, sentence] = check('sample_ratio', { units: 500 }, { units: 5400, sticky: 4900 }) ?? [];
  expect(status).toBe('ok');
  expect(sentence).toContain('old 500, new 500; 4\u202f900 units with a remembered variant left aside');
  // Wrong draws are not hidden by memories that make the numbers of units alike.
  const hidden = check('sample_ratio', { units: 1000 }, { units: 1000, sticky: 500 });
  expect(hidden?.[0]).toBe('alarm');
  expect(hidden?.[1]).toContain('(old 1\u202f000, new 500; expected 750 : 750; 500 units with a remembered');
  expect(check('sample_ratio', { units: 3, sticky: 3 }, { units: 1, sticky: 1 })).toEqual([
    'waiting',
    'No unit was drawn yet; 4 units with a remembered variant left aside.',
  ]);
});

it('alarms above 1 % of mixed units, or when they begin more often in one variant', () => {
  expect(check('mixed_units', { units: 5000 }, { units: 5000 })?.[0]).toBe('ok');
  expect(check('mixed_units', { units: 5000, mixed: 20 }, { units: 5000, mixed: 24 })?.[0]).toBe('warning');
  expect(check('mixed_units', { units: 5000, mixed: 60 }, { units: 5000, mixed: 50 })?.[0]).toBe('alarm');
  expect(check('mixed_units', { units: 500_000, mixed: 900 }, { units: 500_000, mixed: 300 })?.[0]).toBe('alarm');
});

it('warns of late outcomes when they are many or uneven', () => {
  expect(check('late_outcomes', { units: 5000, late: 20 }, { units: 5000, late: 22 })?.[0]).toBe('ok');
  expect(check('late_outcomes', { units: 5000, late: 90 }, { units: 5000, late: 80 })?.[0]).toBe('warning');
  expect(check('late_outcomes', { units: 500_000, late: 900 }, { units: 500_000, late: 300 })?.[1]).toContain(
    'than chance explains',
  );
});

it('warns when more than 1 % of calls have no record, and is silent when no calls are made', () => {
  expect(check('calls', { units: 10 }, { units: 10 })).toBeNull();
  expect(check('calls', { units: 10, calls: { made: 1000, missing: 1 } }, { units: 10 })?.[0]).toBe('ok');
  expect(check('calls', { units: 10, calls: { made: 1000, missing: 30 } }, { units: 10 })?.[0]).toBe('warning');
});

it('says when new events are missing from the numbers', () => {
  expect(check('pending', { units: 10 }, { units: 10 })?.[0]).toBe('ok');
  const recent = { batches: 40, oldestAt: new Date(now.getTime() - 4_000) };
  expect(check('pending', { units: 10 }, { units: 10 }, recent)?.[1]).toContain('but those of the last 4 s');
  expect(check('pending', { units: 10 }, { units: 10 }, { dirtyUnits: 3 })).toEqual([
    'waiting',
    '3 units are being computed again.',
  ]);
  const oldestAt = new Date(now.getTime() - 125_000);
  expect(check('pending', { units: 10 }, { units: 10 }, { batches: 4, oldestAt })?.[0]).toBe('warning');
});

it('does not wait for events that others send once an external phase is computed for good', () => {
  const ended = { ...phase, assignment: 'external', state: 'ended' } as PhaseRow;
  const pending = { batches: 3, oldestAt: new Date(now.getTime() - 90_000), dirtyUnits: 0 };
  const item = healthChecks(ended, { ...NO_ROWS, pending }, [], [], now).find((each) => each.check === 'pending');
  expect(item).toMatchObject({ status: 'ok', sentence: 'All events received until its end are in these numbers.' });
});
