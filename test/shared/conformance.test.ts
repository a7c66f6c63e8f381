import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { METHODS, runFile } from '../../scripts/conformance/run-file.ts';

const folder = fileURLToPath(new URL('../../../shared/ground-truth', import.meta.url));
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];

/** Methods that must be answered, not skipped. */
const REQUIRED = [
  'two_proportion',
  'welch_t_from_summary',
  'welch_t_from_raw',
  'paired_t',
  'mean_and_sd',
  'merge_moments',
  'sample_covariance',
  'relative_lift',
  'fieller_with_covariance',
  'srm_chi_square',
  'srm_zero_weight',
  'srm_sequential',
  'p_adjust',
];

describe.skipIf(files.length === 0)('conformance with the shared ground truth', () => {
  it.each(files)('%s has no failing case, and none of a required method is skipped', (name) => {
    const report = runFile(`${folder}/${name}`);
    expect(report.failures).toEqual([]);
    expect(report.failed).toBe(0);
    expect([...report.unsupportedMethods].filter((method) => REQUIRED.includes(method))).toEqual([]);
  });

  it('answers every required method', () => {
    expect(Object.keys(METHODS)).toEqual(expect.arrayContaining(REQUIRED));
  });
});
