/** `npm run simulate -- canary|bandit|interleave|shadow [--seed N]`: does each mode do what it promises? Exit 1 if not. */
import { parseArgs } from 'node:util';
import { simulateBandit } from './simulate/bandit.ts';
import { simulateCanary } from './simulate/canary-simulation.ts';
import { simulateInterleave } from './simulate/interleave-simulation.ts';
import { simulateShadow } from './simulate/shadow.ts';
import { isCleared, type Simulation, tellBar } from './simulate/simulation-bar.ts';

const DEFAULT_SEED = 20_261_122;

/** One line a mode. */
const SIMULATIONS: Record<string, Simulation> = {
  shadow: simulateShadow,
  canary: simulateCanary,
  bandit: simulateBandit,
  interleave: simulateInterleave,
};

function main(args: string[]): number {
  let chosen: { mode: string; simulate: Simulation; seed: number };
  try {
    chosen = readArguments(args);
  } catch (error) {
    console.error(`simulate: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
  const { mode, simulate, seed } = chosen;
  const startedAt = performance.now();
  const bars = simulate(seed);
  for (const bar of bars) console.log(tellBar(bar));
  const cleared = bars.filter(isCleared).length;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`${mode}: ${cleared} of ${bars.length} bars cleared, first seed ${seed}, ${seconds} s`);
  return cleared === bars.length ? 0 : 1;
}

function readArguments(args: string[]): { mode: string; simulate: Simulation; seed: number } {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { seed: { type: 'string' } } });
  const [mode = ''] = positionals;
  const simulate = SIMULATIONS[mode];
  if (!simulate || positionals.length > 1) {
    throw new Error(`name one mode: ${Object.keys(SIMULATIONS).join(', ')}; got "${positionals.join(' ')}"`);
  }
  const seed = Number(values.seed ?? DEFAULT_SEED);
  if (!Number.isSafeInteger(seed)) throw new Error(`--seed must be a whole number, got "${values.seed}"`);
  return { mode, simulate, seed };
}

process.exitCode = main(process.argv.slice(2));
