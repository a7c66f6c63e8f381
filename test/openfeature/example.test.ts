import { readFileSync } from 'node:fs';
import * as provider from '@assay-ml/sdk/openfeature';
import * as openfeature from '@openfeature/server-sdk';
import { afterEach, expect, test, vi } from 'vitest';
import { recordingServer } from '../sdk/recording-server.ts';
import { rulesetOf, slotOf } from '../sdk/rulesets.ts';

const MODULES: Record<string, object> = {
  '@openfeature/server-sdk': openfeature,
  '@assay-ml/sdk/openfeature': provider,
};

afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** The page's example as a function of what it imports. */
function readExample(): { run: (...imported: unknown[]) => Promise<void>; imported: unknown[] } {
  const page = readFileSync(new URL('../../docs/sdk/openfeature.md', import.meta.url), 'utf8');
  const [, code = ''] = /```js\n(.+?)```/s.exec(page) ?? [];
  const imports = [...code.matchAll(/^import \{ (\w+) \} from '(.+)';$/gm)];
  const imported = imports.map(([, name, from]) => Reflect.get(MODULES[from!]!, name!));
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  const names = imports.map(([, name]) => name!);
  return { run: AsyncFunction(...names, code.replace(/^import .+$/gm, '')) as never, imported };
}

test('The example of docs/sdk/openfeature.md runs, and records an exposure and its outcome', async () => {
  const server = recordingServer(rulesetOf({ 'fraud-score': slotOf() }));
  vi.stubGlobal('fetch', server.fetch);
  vi.stubEnv('ASSAY_KEY', 'key');
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
  const { run, imported } = readExample();
  await run(...imported);
  expect(printed).toHaveBeenCalledWith(expect.stringMatching(/^ch\w+ by SPLIT: \{"model":"v[12]"\}$/));
  const [exposure, outcome] = server.events();
  expect(exposure).toMatchObject({ type: 'exposure', unit: 'user-17', slot: 'fraud-score' });
  expect(outcome).toMatchObject({ type: 'outcome', unit: 'user-17', name: 'chargeback', value: 1 });
  expect(outcome).toMatchObject({ decision: (exposure as { decision?: string }).decision });
});
