import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CORRECTIONS } from '../../scripts/conformance/corrected-expectations.ts';
import { runFile } from '../../scripts/conformance/run-file.ts';

const folder = fileURLToPath(new URL('../../../shared/ground-truth', import.meta.url));
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];

/** Methods that have no place in the product, and those that the calibration checks by simulation. */
const MAY_BE_UNSUPPORTED = [
  'adaptive_sampling_bias',
  'calibration_target',
  'combine_e_values',
  'combine_p',
  'empirical_process_lil_bound',
  'exact_bootstrap',
  'exp3_probabilities',
  'gamma_exponential_mixture_bound',
  'index_policies',
  'lai_robbins_constant',
  'linear_bandit',
  'mann_whitney_sample_size',
  'newey_west',
  'ope_exact_moments',
  'ope_slate',
  'ope_translation',
  'optimised_interleaving',
  'permutation_two_sample',
  'poisson_bootstrap',
  'poly_stitching_bound',
  'probabilistic_interleaving',
  'quantile_double_stitching_bound',
  'randomization_sign_flip',
  'srm_repeated_chi_square_false_alarm',
  'statsig_documented_msprt',
  'switchback_horvitz_thompson',
  'switchback_unbiasedness',
  'two_sided_sprt',
  'two_sided_sprt_null_expectation',
  'weighted_bonferroni',
  'yuen_trimmed_t',
];

describe.skipIf(files.length === 0)('conformance with the shared ground truth', () => {
  const reports = new Map(files.map((name) => [name, runFile(`${folder}/${name}`)]));

  it.each(files)('%s has no failing case, and only methods without a place are unsupported', (name) => {
    const report = reports.get(name)!;
    expect(report.failures).toEqual([]);
    expect(report.failed).toBe(0);
    expect([...report.unsupportedMethods].filter((method) => !MAY_BE_UNSUPPORTED.includes(method))).toEqual([]);
  });

  it('uses every correction, so that none outlives the value that it corrects', () => {
    const used = [...reports.values()].flatMap((report) => report.corrected);
    expect(used).toHaveLength(CORRECTIONS.length);
  });
});
