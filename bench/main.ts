/**
 * `npm run bench -- NAME [--json]` runs bench/NAME.ts, whose `run()` measures and returns its figures. Ratios compare
 * with peers and limits measured in the same run; with --json the last line is one JSON object.
 */
import { readdirSync } from 'node:fs';

export interface BenchResult {
  name: string;
  /** The headline: ours over the limit or peer, larger is better; `rebuild` gives its time over the peer's, smaller is better. */
  ratio: number;
  [figure: string]: unknown;
}

/** Files of this folder that hold no measurement of their own. */
const SHARED = ['main', 'report-line', 'bare-hash', 'report-rows', 'large-report'];

const folder = new URL('.', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))
  .filter((name) => !SHARED.includes(name));

const flags = process.argv.slice(2);
const name = flags.find((flag) => !flag.startsWith('--'));

if (name === undefined || !names.includes(name)) {
  console.error(`${name === undefined ? 'Name' : `There is no bench "${name}"; name`} one of: ${names.join(', ')}`);
  process.exitCode = 1;
} else {
  const { run } = (await import(new URL(`${name}.ts`, folder).href)) as { run: () => Promise<BenchResult> };
  const result = await run();
  console.log(`${result.name}: ratio ${result.ratio.toFixed(2)}`);
  if (flags.includes('--json')) console.log(JSON.stringify(result));
}
