import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fromRoot } from '../../server/repository-root.ts';

/** What axe found on a page in one scheme and width. */
export interface AxeResult {
  page: string;
  address: string;
  scheme: string;
  width: number;
  /** Rules that had something to look at and found it well. */
  passed: number;
  /** Rules that axe leaves to a person: "color-contrast (3)". */
  unsure: string[];
  violations: string[];
}

const folder = fromRoot('test-artifacts');
const lines = `${folder}/axe.jsonl`;
const report = `${folder}/axe.md`;

/** Test files run beside each other: a line is written at once, whole. */
export function logAxe(result: AxeResult): void {
  appendFileSync(lines, `${JSON.stringify(result)}\n`);
}

/** Around all browser tests: starts the list anew, and makes the report of it at the end. */
export default function keepAxeReport(): () => void {
  mkdirSync(folder, { recursive: true });
  rmSync(lines, { force: true });
  return () => {
    if (existsSync(lines)) writeFileSync(report, reportOf(readFileSync(lines, 'utf8')));
  };
}

function reportOf(text: string): string {
  const results = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as AxeResult)
    .sort((a, b) => a.page.localeCompare(b.page) || a.width - b.width || b.scheme.localeCompare(a.scheme));
  const violations = results.reduce((sum, one) => sum + one.violations.length, 0);
  return [
    '# Accessibility of the dashboard, by axe',
    '',
    `WCAG 2.0 to 2.2, A and AA, and axe's best practices: ${results.length} checks, ${violations} violations.`,
    '',
    '| Page | Address | Width | Scheme | Rules passed | Left to a person | Violations |',
    '| --- | --- | ---: | --- | ---: | --- | --- |',
    ...results.map(
      ({ page, address, width, scheme, passed, unsure, violations: found }) =>
        `| ${page} | ${address.replaceAll('|', '\\|')} | ${width} | ${scheme} | ${passed} | ${unsure.join(', ')} | ${found.join('; ') || 'none'} |`,
    ),
    '',
  ].join('\n');
}
