import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { nextLooks } from '../server/analysis/next-looks.ts';
import { buildReport } from '../server/analysis/report.ts';
import type { LookRow, ReportRows } from '../server/analysis/report-store.ts';
import { fromRoot } from '../server/repository-root.ts';
import { lookRow, NOW } from './large-report.ts';
import type { BenchResult } from './main.ts';
import { largeExperiment, largeRows } from './report-rows.ts';

const METRICS = 50;
const VARIANTS = 4;
const REPORTS = 300;
const LIMIT_MS = 20;
const LIMIT_BYTES = 60_000;

/** A report of a large experiment, live and with five looks taken, and what of `stats` the dashboard loads. */
export async function run(): Promise<BenchResult> {
  const { row, phase } = largeExperiment(METRICS, VARIANTS);
  const looks: LookRow[] = [];
  const lookMs: number[] = [];
  for (const share of [0.1, 0.2, 0.3, 0.4, 0.5]) {
    const rows = { ...largeRows(row, phase, share), looks: [...looks] };
    const started = performance.now();
    const results = nextLooks(row, phase, rows, null, NOW) ?? [];
    lookMs.push(performance.now() - started);
    looks.push(...results.map((each) => lookRow(each)));
  }
  const live = largeRows(row, phase, 0.55);
  const report = (rows: ReportRows) => time(() => buildReport(row, phase, rows, null, NOW));
  const [unlooked, looked] = [report(live), report({ ...live, looks })];
  const planner = await bundled(`export { ${importedByDashboard().join(', ')} } from './stats/index.ts';`);
  const whole = await bundled("export * from './stats/index.ts';");
  const what = `${METRICS} metrics, ${VARIANTS} variants, CUPED, group-sequential, Holm and Benjamini–Hochberg`;
  console.log(`Report of ${what}:`);
  console.log(`  live              median ${ms(unlooked.median)}, 99 of 100 below ${ms(unlooked.p99)}`);
  console.log(`  with five looks   median ${ms(looked.median)}, 99 of 100 below ${ms(looked.p99)}`);
  console.log(`  the job's look    ${lookMs.map(ms).join(', ')} (in steps, other work in between)`);
  console.log(`stats in the dashboard: ${kb(planner)} gzip, limit ${kb(LIMIT_BYTES)}; all of it: ${kb(whole)}`);
  return {
    name: 'stats',
    ratio: LIMIT_MS / Math.max(unlooked.median, looked.median),
    ...{ unlooked, looked, lookMs, plannerBytes: planner, wholeBytes: whole, bundleRatio: LIMIT_BYTES / planner },
  };
}

function time(work: () => unknown): { median: number; p99: number } {
  for (let i = 0; i < 30; i++) work();
  const times = Array.from({ length: REPORTS }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  }).sort((a, b) => a - b);
  return { median: times[REPORTS >> 1]!, p99: times[Math.floor(REPORTS * 0.99)]! };
}

/** What of `stats` the dashboard imports, types left out. */
function importedByDashboard(): string[] {
  const files = readdirSync(fromRoot('web'), { recursive: true, encoding: 'utf8' }).filter((each) =>
    /\.tsx?$/.test(each),
  );
  const names = files.flatMap((file) => {
    const text = readFileSync(fromRoot('web', file), 'utf8');
    return [...text.matchAll(/^import \{([^}]*)\} from '[./]*stats\/index\.ts'/gm)].flatMap(([, list]) =>
      (list ?? '').split(',').map((each) => each.trim()),
    );
  });
  return [...new Set(names)].filter((each) => each !== '' && !each.startsWith('type '));
}

async function bundled(entry: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: fromRoot(), loader: 'ts' },
    ...{ bundle: true, minify: true, format: 'esm', write: false, logLevel: 'silent' },
  });
  return gzipSync(outputFiles[0]!.contents).length;
}

const ms = (value: number) => `${value.toFixed(1)} ms`;
const kb = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
