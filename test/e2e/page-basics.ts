import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { fromRoot } from '../../server/repository-root.ts';
import { logAxe } from './axe-log.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** All that axe checks here. */
export const everyRule = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  // axe leaves it out unless asked.
  rules: { 'target-size': { enabled: true } },
  resultTypes: ['violations', 'incomplete'],
};

/** Of all rules this one alone depends on the scheme of colours. */
export const contrastOnly = { ...everyRule, runOnly: { type: 'rule', values: ['color-contrast'] }, rules: {} };

/** Everything in light colours, and the colours in dark ones too, with a picture of each for the artefacts. */
export async function expectBothSchemes(page: Page, name: string, width: number): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor({ state: 'attached' });
    await page.screenshot({ path: fromRoot('test-artifacts', `${name}-${width}-${colorScheme}.png`), fullPage: true });
    await expectBasics(page, name, width, colorScheme === 'light' ? everyRule : contrastOnly);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

/** What every page owes everyone: it fits its window, and axe finds nothing to object to. */
export async function expectBasics(page: Page, name: string, width: number, rules: object = everyRule): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth'), `${name} is wider`).toBeLessThanOrEqual(width);
  // A dialog or a colour that is on its way would be judged half there.
  await page.evaluate(`Promise.all(document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
    .map((one) => one.finished.catch(() => null)))`);
  // Evaluated by the browser's tools, which the page's content policy does not bind.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(`${axeSource}; null`);
  const found = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(rules)})`);
  const violations = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  logAxe({
    page: name,
    address: new URL(page.url()).pathname + new URL(page.url()).search,
    scheme: await page.evaluate('document.documentElement.dataset.mantineColorScheme'),
    width,
    passed: found.passes.length,
    unsure: found.incomplete.map(({ id, nodes }) => `${id} (${nodes.length})`),
    violations: found.violations.map(({ id, nodes }) => `${id} (${nodes.length})`),
  });
  expect(
    violations.map((text) => text.slice(0, 400)),
    `${name}, ${width} wide, by axe`,
  ).toEqual([]);
}
