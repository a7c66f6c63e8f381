import { readFileSync } from 'node:fs';
import { adjustmentMethods } from './adjustment-methods.ts';
import { alwaysValidMethods } from './always-valid-methods.ts';
import { banditMethods } from './bandit-methods.ts';
import { bayesMethods } from './bayes-methods.ts';
import type { CaseInput, Method } from './case-input.ts';
import { type Comparison, compare } from './compare-answer.ts';
import { interleavingMethods } from './interleaving-methods.ts';
import { marginMethods } from './margin-methods.ts';
import { meanMethods } from './mean-methods.ts';
import { multiplicityMethods } from './multiplicity-methods.ts';
import { offPolicyMethods } from './off-policy-methods.ts';
import { powerMethods } from './power-methods.ts';
import { proportionMethods } from './proportion-methods.ts';
import { quantileMethods } from './quantile-methods.ts';
import { rankMethods } from './rank-methods.ts';
import { sampleRatioMethods } from './sample-ratio-methods.ts';
import { sequentialMethods } from './sequential-methods.ts';
import { specialFunctionMethods } from './special-function-methods.ts';

/** Every method of the ground truth that the library answers; each goes through `stats/index.ts` alone. */
const METHODS: Readonly<Record<string, Method>> = {
  ...specialFunctionMethods,
  ...proportionMethods,
  ...meanMethods,
  ...adjustmentMethods,
  ...marginMethods,
  ...sampleRatioMethods,
  ...multiplicityMethods,
  ...rankMethods,
  ...quantileMethods,
  ...powerMethods,
  ...bayesMethods,
  ...banditMethods,
  ...offPolicyMethods,
  ...interleavingMethods,
  ...sequentialMethods,
  ...alwaysValidMethods,
};

interface Case {
  readonly id: string;
  readonly method: string;
  readonly input: CaseInput;
  readonly expected: unknown;
  readonly tol?: number;
}

interface GroundTruth {
  readonly default_rel_tol?: number;
  readonly cases: readonly Case[];
}

export interface FileReport {
  passed: number;
  failed: number;
  unsupported: number;
  readonly failures: string[];
  /** One line per expected value that is known to be wrong and was replaced. */
  readonly corrected: string[];
  readonly unsupportedMethods: Set<string>;
  /** Per method, the expected fields that the library does not offer. */
  readonly notOffered: Map<string, Set<string>>;
}

/** Runs all cases of one file. Throws an error of one clear line if the file cannot be read as ground truth. */
export function runFile(path: string): FileReport {
  const truth = readGroundTruth(path);
  const report: FileReport = {
    passed: 0,
    failed: 0,
    unsupported: 0,
    failures: [],
    corrected: [],
    unsupportedMethods: new Set(),
    notOffered: new Map(),
  };
  for (const item of truth.cases) runCase(item, item.tol ?? truth.default_rel_tol ?? 1e-9, report);
  return report;
}

function readGroundTruth(path: string): GroundTruth {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new Error(`cannot read ${path}`);
  }
  let truth: Partial<GroundTruth> | null;
  try {
    truth = JSON.parse(text);
  } catch {
    throw new Error(`${path} is not valid JSON`);
  }
  if (!Array.isArray(truth?.cases)) throw new Error(`${path} has no list "cases"`);
  return truth as GroundTruth;
}

function runCase(item: Case, tolerance: number, report: FileReport): void {
  const method = Object.hasOwn(METHODS, item.method) ? METHODS[item.method] : undefined;
  const comparison = method && answerAndCompare(method, item, tolerance);
  if (!comparison || (comparison.compared === 0 && comparison.failures.length === 0)) {
    report.unsupported += 1;
    report.unsupportedMethods.add(item.method);
    return;
  }
  report.corrected.push(...comparison.corrected);
  if (comparison.notOffered.size > 0) {
    const fields = report.notOffered.get(item.method) ?? new Set();
    for (const field of comparison.notOffered) fields.add(field);
    report.notOffered.set(item.method, fields);
  }
  if (comparison.failures.length === 0) {
    report.passed += 1;
    return;
  }
  report.failed += 1;
  const largest = `largest relative deviation ${comparison.largest.toExponential(2)}, tolerance ${tolerance}`;
  report.failures.push(`${item.id} (${item.method}): ${largest}; ${comparison.failures.join('; ')}`);
}

/** A documented error is an answer too: the one to "undefined". */
function answerAndCompare(method: Method, item: Case, tolerance: number): Comparison {
  try {
    return compare(item.expected, method(item.input, item.id), tolerance, item.id);
  } catch (error) {
    if (error instanceof RangeError) return compare(item.expected, null, tolerance, item.id);
    const message = error instanceof Error ? error.message : String(error);
    return {
      compared: 0,
      failures: [message],
      largest: Number.POSITIVE_INFINITY,
      notOffered: new Set(),
      corrected: [],
    };
  }
}
