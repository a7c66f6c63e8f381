import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Assay } from '@assay-ml/sdk';
import { testAssay } from '@assay-ml/sdk/testing';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { experimentOf, phaseOf, rulesetOf, slotOf, splitOf } from './rulesets.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/sdk/testing.md', import.meta.url)), 'utf8');
const examples = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);

/** The service of the page. */
async function checkout(assay: Assay, { user, amount }: { user: string; amount: number }): Promise<void> {
  const { decision } = await assay.run('fraud-score', { unit: user }, ({ payload }) => payload);
  assay.outcome('purchase', { unit: user, value: amount, decision: decision.id });
}

const split = splitOf(['candidate', 0.1], ['champion', 0.9]);
const slot = slotOf({
  variants: { champion: null, candidate: null },
  experiments: [experimentOf({ phase: phaseOf({ split }) })],
});
const given = { testAssay, expect, checkout, ruleset: rulesetOf({ 'fraud-score': slot }) };

it.each(examples)('Example %$ of docs/sdk/testing.md holds', async (code) => {
  const { outputText } = ts.transpileModule(code.replace(/^import .*$/gm, ''), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const run = new Function(...Object.keys(given), `return (async () => {${outputText}\nawait assay.close();})();`);
  expect.hasAssertions();
  await run(...Object.values(given));
});

it('The page has examples', () => {
  expect(examples).toHaveLength(3);
});
