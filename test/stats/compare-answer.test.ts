import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compare } from '../../scripts/conformance/compare-answer.ts';
import { runFile } from '../../scripts/conformance/run-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'conformance-'));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function failing(expected: unknown, actual: unknown, tolerance = 1e-9): boolean {
  return compare(expected, actual, tolerance).failures.length > 0;
}

describe('the comparison of an answer with the expectation', () => {
  it('is relative, and absolute where 0 is expected', () => {
    expect(failing({ a: 1e6 }, { a: 1e6 + 1e-4 })).toBe(false);
    expect(failing({ a: 1e6 }, { a: 1e6 + 1e-2 })).toBe(true);
    expect(failing({ a: 0 }, { a: 1e-10 })).toBe(false);
    expect(failing({ a: 0 }, { a: 1e-8 })).toBe(true);
  });

  it('compares a p-value below 1e-300 by its logarithm, and one of 0 by underflow', () => {
    expect(failing({ p: 1e-310 }, { p: 1.0000001e-310 }, 1e-6)).toBe(false);
    expect(failing({ p: 1e-310 }, { p: 1e-309 }, 1e-6)).toBe(true);
    expect(failing({ p: 0 }, { p: 1e-305 })).toBe(false);
    expect(failing({ p: 0 }, { p: 1e-12 })).toBe(true);
  });

  it('takes null for undefined and never a number, nor NaN for anything', () => {
    expect(failing({ a: null }, { a: null })).toBe(false);
    expect(failing({ a: null }, { a: 0 })).toBe(true);
    expect(failing({ a: 1 }, { a: null })).toBe(true);
    expect(failing({ a: 1 }, { a: Number.NaN })).toBe(true);
    expect(failing({ a: 'inf' }, { a: Number.POSITIVE_INFINITY })).toBe(false);
    expect(failing({ a: '-inf' }, { a: Number.POSITIVE_INFINITY })).toBe(true);
    expect(failing({ a: [1, 2] }, { a: [1] })).toBe(true);
    expect(failing({ a: { b: 1 } }, { a: null })).toBe(true);
  });

  it('takes a statistic that is the rounding noise of 0 for 0, but no probability, variance or count', () => {
    for (const name of ['t', 't_ni', 'z', 'diff', 'slope', 'theta_a']) {
      expect(failing({ [name]: -7e-30 }, { [name]: 8e-15 })).toBe(false);
      expect(failing({ [name]: -7e-30 }, { [name]: 1e-8 })).toBe(true);
      expect(failing({ [name]: 1e-12 }, { [name]: 2e-12 })).toBe(true);
    }
    for (const name of ['p', 'p_t', 'pdf', 'var_a', 'log_sf', 'theta2', 'prob_best', 'expected_loss']) {
      expect(failing({ [name]: 7e-30 }, { [name]: 7.1e-30 }), name).toBe(true);
    }
  });

  it('replaces a value known to be wrong, only while the file holds it, and says so', () => {
    const wrong = { z: [9, 9.074871188980179] };
    const report = compare(wrong, { z: [9, 9.075320091237581] }, 1e-9, 'gs-of-very-early');
    expect(report.failures).toEqual([]);
    expect(report.corrected).toEqual([expect.stringContaining('gs-of-very-early z[1]: 9.074871188980179 is 9.0753')]);
    expect(compare(wrong, wrong, 1e-9, 'gs-of-very-early').failures).toHaveLength(1);
    const changed = compare({ z: [9, 9.0748] }, { z: [9, 9.0748] }, 1e-9, 'gs-of-very-early');
    expect(changed.failures.concat(changed.corrected)).toEqual([]);
    expect(compare(wrong, wrong, 1e-9, 'another').corrected).toEqual([]);
  });

  it('lists what is not offered once, and counts what was compared', () => {
    const result = compare({ a: 1, b: { c: [1, 2], d: 3 } }, { a: 1, b: { d: 3 } }, 1e-9);
    expect([...result.notOffered]).toEqual(['b.c']);
    expect(result.compared).toBe(2);
  });
});

describe('the runner', () => {
  const item = { id: 'one', method: 'normal_quantile', input: { p: 0.975 }, expected: { z: 1.959963984540054 } };

  it('counts passed, failed and unsupported, and names a failing case with its deviation', () => {
    const wrong = { ...item, id: 'two', expected: { z: 2 } };
    const unknown = { ...item, id: 'three', method: 'nobody_has_it' };
    const malformed = { ...item, id: 'four', input: {} };
    const path = file('mixed.json', JSON.stringify({ cases: [item, wrong, unknown, malformed] }));
    const report = runFile(path);
    expect([report.passed, report.failed, report.unsupported]).toEqual([1, 2, 1]);
    expect(report.failures[0]).toContain('two (normal_quantile): largest relative deviation 2.00e-2');
    expect(report.failures[1]).toContain('input.p is not a number');
    expect([...report.unsupportedMethods]).toEqual(['nobody_has_it']);
  });

  it('says in one line what is wrong with a file', () => {
    expect(() => runFile(join(folder, 'absent.json'))).toThrow(/^cannot read .*absent\.json$/);
    expect(() => runFile(file('broken.json', '{'))).toThrow(/^.*broken\.json is not valid JSON$/);
    expect(() => runFile(file('other.json', '{}'))).toThrow(/^.*other\.json has no list "cases"$/);
  });
});
