/** `npm run -s conformance -- FILE…`: checks the statistics against files of expected numbers. */
import { basename } from 'node:path';
import { type FileReport, runFile } from './conformance/run-file.ts';

function main(paths: readonly string[]): number {
  if (paths.length === 0) {
    console.error('conformance: no files given; usage: npm run -s conformance -- FILE…');
    return 1;
  }
  let reports: { path: string; report: FileReport }[];
  try {
    reports = paths.map((path) => ({ path, report: runFile(path) }));
  } catch (error) {
    console.error(`conformance: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
  for (const { path, report } of reports) printFile(path, report);
  const sum = (key: 'passed' | 'failed' | 'unsupported'): number =>
    reports.reduce((total, { report }) => total + report[key], 0);
  const failed = sum('failed');
  console.log(`${sum('passed')} passed, ${failed} failed, ${sum('unsupported')} unsupported`);
  return failed > 0 ? 1 : 0;
}

function printFile(path: string, report: FileReport): void {
  console.log(`${basename(path)}: ${report.passed} passed, ${report.failed} failed, ${report.unsupported} unsupported`);
  for (const failure of report.failures) console.log(`  FAILED ${failure}`);
  for (const line of report.corrected) console.log(`  corrected: ${line}`);
  for (const [method, fields] of report.notOffered)
    console.log(`  ${method} does not offer: ${[...fields].join(', ')}`);
  const methods = [...report.unsupportedMethods];
  if (methods.length > 0) console.log(`  unsupported methods: ${methods.join(', ')}`);
}

process.exitCode = main(process.argv.slice(2));
