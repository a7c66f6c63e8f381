/** `npm run calibrate [-- --quick] [--only NAME] [--seed N]`: do the statistics do what they promise? By simulation. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type CheckedTheme, calibrationPage } from './calibrate/calibration-page.ts';
import { isMet } from './calibrate/check.ts';
import { tellLine } from './calibrate/line-text.ts';
import { randomStream } from './calibrate/random-stream.ts';
import { themes } from './calibrate/themes.ts';

const PAGE = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs/calibration.md');
const DEFAULT_SEED = 20_261_122;

interface Options {
  quick: boolean;
  only: string | undefined;
  seed: number;
}

function main(args: string[]): number {
  let options: Options;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`calibrate: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
  const checked = themes.flatMap(({ title, checks }) => {
    const chosen = checks.filter((check) => options.only === undefined || check.name.includes(options.only));
    return chosen.length === 0 ? [] : [checkTheme(title, chosen, options)];
  });
  const lines = checked.flatMap((theme) => theme.checks.flatMap((check) => check.lines));
  const failed = lines.filter((line) => !isMet(line)).length;
  if (!options.quick && options.only === undefined) {
    writeFileSync(PAGE, calibrationPage(checked, { seed: options.seed, date: new Date() }));
  }
  console.log(`${lines.length - failed} ok, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: { quick: { type: 'boolean' }, only: { type: 'string' }, seed: { type: 'string' } },
  });
  const { quick = false, only } = values;
  const seed = Number(values.seed ?? DEFAULT_SEED);
  if (!Number.isSafeInteger(seed)) throw new Error(`--seed must be a whole number, got "${values.seed}"`);
  const names = themes.flatMap((theme) => theme.checks.map((check) => check.name));
  if (only !== undefined && !names.some((name) => name.includes(only))) {
    throw new Error(`--only "${only}" fits no check; there are: ${names.join(', ')}`);
  }
  return { quick, only, seed };
}

function checkTheme(title: string, checks: CheckedTheme['checks'][number]['check'][], options: Options): CheckedTheme {
  console.log(`\n${title}`);
  return {
    title,
    checks: checks.map((check) => {
      const runs = options.quick ? check.runs.quick : check.runs.full;
      const before = process.cpuUsage();
      const lines = check.measure(randomStream(options.seed, check.name), runs);
      const seconds = process.cpuUsage(before).user / 1e6; // others may be busy beside
      console.log(`  ${check.name} (${seconds.toFixed(1)} s of computing)`);
      for (const line of lines) console.log(`    ${tellLine(line)}`);
      return { check, runs, lines };
    }),
  };
}

process.exitCode = main(process.argv.slice(2));
