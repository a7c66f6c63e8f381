import { type Check, isMet, type Line } from './check.ts';
import { targetText, withError } from './line-text.ts';

export interface CheckedTheme {
  title: string;
  checks: { check: Check; runs: number; lines: Line[] }[];
}

/** docs/calibration.md: how to read it, then a table a check. */
export function calibrationPage(themes: CheckedTheme[], made: { seed: number; date: Date }): string {
  const lines = themes.flatMap((theme) => theme.checks.flatMap((check) => check.lines));
  const failed = lines.filter((line) => !isMet(line)).length;
  const day = made.date.toISOString().slice(0, 10);
  const sections = themes.map(({ title, checks }) => `## ${title}\n\n${checks.map(section).join('\n\n')}`);
  return `${introduction(day, made.seed, lines.length - failed, failed)}\n${sections.join('\n\n')}\n`;
}

function introduction(day: string, seed: number, ok: number, failed: number): string {
  return `# Calibration

Written by \`npm run calibrate -- --seed ${seed}\` on ${day}: **${ok} ok, ${failed} failed**. Do not edit by hand.

Does a test that promises 5 % false alarms raise 5 %? This page answers by simulation, each world with a known truth. A
check whose name begins with "report" hands sums to the functions that make the report and its looks, so what is measured
is what people see; the others try the methods of the library, or rules for what is fed to them.

## How to read it

- **observed**: what came out, ± its standard error; without ± it was calculated, not simulated.
- **target**: what should come out. \`≤\`: an upper limit that the method promises. \`≥\`: what it must reach at least.
- **ok** when |observed − target| ≤ 4 √(se_observed² + se_target²), plus half a unit of the last digit that the source of
  the target prints; limits are held to 4 standard errors of the observed number. By chance a sound check fails once in
  sixteen thousand.
- **beside**: another practice, shown to say what it costs. Nothing in Assay decides by it. Where the source of its target
  says "simulated before", the world it was seen in is not known in full, ours is stated, and the line is ok when the
  practice errs at least as much as its limit says.
- Same seed, same numbers. \`npm run calibrate -- --only NAME\` runs the checks whose name contains NAME; \`--quick\` runs all of
  them with fewer repetitions and is part of \`npm test\`.

Not offered, so not here: the two-sided sequential probability ratio test. Its cosh form keeps its level (.0376), the
form printed in a peer's documentation does not (.0848); always-valid bands do the same work.
`;
}

function section({ check, runs, lines }: CheckedTheme['checks'][number]): string {
  const times = runs > 1 ? ` ${runs.toLocaleString('en').replaceAll(',', ' ')} runs.` : '';
  const rows = lines.map((line) => {
    const found = withError(line.observed, line.standardError);
    const wanted = targetText(line.target).replace('target ', '');
    return `| ${line.label} | ${found} | ${wanted} | ${line.target.source} | ${isMet(line) ? 'ok' : '**FAILED**'} |`;
  });
  return [
    `### ${check.name}`,
    `${check.world}${times}`,
    `| | observed | target | source of the target | |\n|---|---|---|---|---|\n${rows.join('\n')}`,
  ].join('\n\n');
}
