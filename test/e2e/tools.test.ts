import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainDecision, type Ruleset } from '../../sdk/index.ts';
import { fromRoot } from '../../server/repository-root.ts';
import { startTestServer, type TestServer } from '../integration/test-server.ts';
import { openBrowser, type TestBrowser, type VisitOptions } from './browser.ts';
import { expectBasics } from './page-basics.ts';
import { explained, startTools } from './tools-experiments.ts';

const pictures = fromRoot('test-artifacts');
let test: TestServer;
let browser: TestBrowser;

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  test = await startTestServer();
  browser = await openBrowser(test.url);
  await startTools(test);
});
// The server waits for open connections, so the browser goes first.
afterAll(async () => {
  try {
    await browser?.close();
  } finally {
    await test?.stop();
  }
});

const visit = (options: VisitOptions, story: (page: Page) => Promise<void>) =>
  browser.visit({ key: test.adminKey, ...options }, story);
const heading = (page: Page, name: string | RegExp, level = 1) => page.getByRole('heading', { level, name });
const pathOf = (page: Page) => page.url().slice(test.url.length);
const focused = (page: Page) => page.evaluate<string>('document.activeElement.innerText || document.activeElement.id');

async function takePictures(page: Page, name: string, width: number): Promise<void> {
  for (const colours of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: colours });
    await page.evaluate('document.activeElement.blur()');
    // Colours of a switch fade into each other.
    await page.locator(`html[data-mantine-color-scheme="${colours}"]`).waitFor();
    await page.evaluate('Promise.all(document.getAnimations().map((each) => each.finished))');
    await expectBasics(page, `${name} in ${colours} colours`, width);
    await page.screenshot({ path: `${pictures}/${name}-${width}-${colours}.png`, fullPage: true });
  }
}

describe('the navigation', () => {
  it('marks the page one is on, and leads the focus to the heading of the next one', async () => {
    await visit({}, async (page) => {
      await page.goto('/');
      await heading(page, 'Experiments').waitFor();
      const links = page.getByRole('navigation', { name: 'Main' });
      const current = links.locator('[aria-current="page"]');
      expect(await current.innerText()).toBe('Experiments');
      await links.getByRole('link', { name: 'Planner' }).focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => focused(page)).toBe('How large must it be?');
      expect(await current.innerText()).toBe('Planner');
      expect(await page.title()).toBe('Planner · Assay');
      await page.goto('/');
      await page.getByRole('link', { name: 'Assay: home' }).waitFor();
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('content');
    });
  });

  it('folds into a menu on a narrow page, which the keyboard opens and a choice closes', async () => {
    await visit({ width: 390 }, async (page) => {
      await page.goto('/');
      await heading(page, 'Experiments').waitFor();
      const menu = page.getByRole('button', { name: 'Menu' });
      const planner = page.getByRole('link', { name: 'Planner' });
      expect(await planner.isVisible()).toBe(false);
      await menu.focus();
      await page.keyboard.press('Enter');
      await planner.waitFor();
      await page.screenshot({ path: `${pictures}/menu-390-light.png` });
      await page.keyboard.press('Tab');
      await page.keyboard.press('Escape');
      await planner.waitFor({ state: 'hidden' });
      expect(await focused(page)).toBe('Menu');
      await page.keyboard.press('Enter');
      await planner.focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => focused(page)).toBe('How large must it be?');
      expect(await planner.isVisible()).toBe(false);
      expect(await menu.getAttribute('aria-expanded')).toBe('false');
    });
  });
});

describe('the palette', () => {
  it('leads to an experiment by the keyboard alone, and gives the focus back', async () => {
    await visit({}, async (page) => {
      await page.goto('/planner');
      await heading(page, 'How large must it be?').waitFor();
      const rate = page.getByLabel('Rate of the control');
      await rate.focus();
      await page.keyboard.press('Control+k');
      const field = page.getByRole('combobox', { name: /^Experiment, slot/ });
      await field.waitFor();
      await page.keyboard.press('Escape');
      await field.waitFor({ state: 'detached' });
      await expect.poll(() => rate.evaluate((one) => one === document.activeElement)).toBe(true);
      await page.keyboard.press('Control+k');
      await page.getByRole('option', { name: /^Ranker for everyone else/ }).waitFor();
      await page.keyboard.type('ranker els');
      const options = page.getByRole('listbox', { name: 'Found' }).getByRole('option');
      await expect.poll(() => options.count()).toBe(1);
      await page.keyboard.press('Backspace');
      await page.keyboard.type('zzz');
      await page.getByText('Nothing is called “ranker elzzz”.').waitFor();
      await field.fill('ranker');
      await page.keyboard.press('ArrowDown');
      const chosen = options.and(page.locator('[aria-selected="true"]'));
      expect(await field.getAttribute('aria-activedescendant')).toBe(await chosen.getAttribute('id'));
      const name = await chosen.locator('span').first().innerText();
      await page.screenshot({ path: `${pictures}/palette-1280-light.png` });
      await page.keyboard.press('Enter');
      await heading(page, name).waitFor();
      await expect.poll(() => focused(page)).toBe(name);
      expect(pathOf(page)).toMatch(/^\/experiments\/checkout-/);
      // What was visited stands first, and actions are done.
      await page.getByRole('button', { name: 'Search' }).click();
      expect(await options.first().innerText()).toMatch(new RegExp(`^${name}\\s+experiment, recent$`));
      await page.keyboard.type('colours dark');
      await page.keyboard.press('Enter');
      expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
      await page.keyboard.press('Control+k');
      await field.waitFor();
      await page.screenshot({ path: `${pictures}/palette-1280-dark.png` });
    });
  });
});

describe('explaining a unit', () => {
  const { slot, first, second, attributes } = explained;
  const addressOf = (unit: string, more: Record<string, unknown> = attributes) =>
    `/explain?${new URLSearchParams({ slot, unit, attributes: JSON.stringify(more) })}`;
  const rulesetOf = async () => (await test.api<Ruleset>('GET', '/v1/ruleset')).body;
  /** Some unit that the SDK decides so. */
  const unitWith = (ruleset: Ruleset, fits: (answer: ReturnType<typeof explainDecision>) => boolean): string => {
    const units = Array.from({ length: 1000 }, (_, i) => `user-${i}`);
    const found = units.find((unit) => fits(explainDecision(ruleset, slot, { unit, attributes })));
    if (found === undefined) throw new Error('no unit is decided so');
    return found;
  };

  it('is filled in by hand, and says what the SDK decides, with every rule and draw', async () => {
    const ruleset = await rulesetOf();
    const unit = unitWith(ruleset, ({ experiments }) => experiments[0]?.outcome === 'assigned');
    const expected = explainDecision(ruleset, slot, { unit, attributes });
    await visit({}, async (page) => {
      await page.goto('/explain');
      await page.getByText('Choose a slot, and say which unit it is about.').waitFor();
      await page.getByLabel('Slot').selectOption(slot);
      await page.getByText('Enter a unit: a user, a session or a request').waitFor();
      await page.getByLabel('Unit').fill(unit);
      await heading(page, 'The champion "old" answers: no experiment of the slot targets the unit.', 2)
        .or(heading(page, /lies outside|answers, by the split/, 2))
        .waitFor();
      // The rules of the first experiment ask for what is not given: one click each.
      await page.getByRole('button', { name: 'Add country' }).click();
      await page.keyboard.type(attributes.country);
      await page.getByRole('button', { name: 'Add plan' }).click();
      await page.keyboard.type(attributes.plan);
      await page.getByRole('button', { name: 'Add logins' }).click();
      await page.getByLabel('Type of logins').selectOption('number');
      await page.getByText('Enter a number; left out until then.').waitFor();
      await page.getByLabel('Value of logins').fill(String(attributes.logins));
      await heading(page, expected.sentence, 2).waitFor();
      await expect.poll(() => new URL(page.url()).searchParams.get('attributes')).toBe(JSON.stringify(attributes));

      const facts = page.getByRole('region', { name: expected.sentence });
      const { variant, propensity, ruleset: version } = expected.decision;
      expect(await facts.innerText()).toContain(`${propensity * 100}\u202f%`);
      expect(await facts.innerText()).toMatch(new RegExp(`Variant\\s+${variant}\\s[^]*version ${version}`));
      const card = page.getByRole('region', { name: first.name });
      expect(await card.getByText('Holds', { exact: true }).count()).toBe(4);
      await card.getByText('logins is at least 10: the unit has 12').waitFor();
      const [asked] = expected.experiments;
      if (!asked) throw new Error('the first experiment is asked');
      const { layer, split } = asked;
      await heading(
        page,
        `Its layer draw ${layer.draw.toFixed(4)} lies in the part of this experiment, 0 to 0.6; its split draw ` +
          `${split.draw.toFixed(4)} falls to “${variant}”`,
        3,
      ).waitFor();
      await page.getByText('1 more experiment was not asked: one before took the unit').click();
      await page.getByRole('region', { name: second.name }).waitFor();
      await page.reload();
      await heading(page, expected.sentence, 2).waitFor();
    });
  });

  it('says which rule failed, and why nothing can be explained', async () => {
    const ruleset = await rulesetOf();
    const unit = unitWith(ruleset, ({ experiments }) => experiments[0]?.outcome === 'assigned');
    await visit({}, async (page) => {
      await page.goto(addressOf(unit, { country: 'DE', plan: 'free' }));
      const card = page.getByRole('region', { name: first.name });
      await card.getByText('No rule holds: all must.').waitFor();
      await card.getByText('country is AT or CH: the unit has “DE”').waitFor();
      await card.getByText('logins is at least 10: the unit has none').waitFor();
      await page.getByText('JSON', { exact: true }).click();
      const json = page.getByLabel('Attributes as JSON');
      await json.fill('{"country": "AT", "plan"');
      await page.getByText('This is not JSON.').first().waitFor();
      await json.fill('{"country": "AT", "plan": "pro", "logins": 9}');
      await card.getByText('1 of 3 rules does not hold: all must.').waitFor();
      await page.goto('/explain?slot=nowhere&unit=x');
      await page.getByText('There is no slot “nowhere”. Choose one of the list.').waitFor();
      expect(await page.getByLabel('Slot').getAttribute('aria-invalid')).toBe('true');
    });
  });

  it.each([1280, 390])('fits %d pixels, in light colours and in dark ones', async (width) => {
    const unit = unitWith(await rulesetOf(), ({ experiments }) => experiments[0]?.outcome === 'assigned');
    await visit({ width }, async (page) => {
      await page.goto(addressOf(unit));
      await page.getByText('1 more experiment was not asked: one before took the unit').click();
      await page.getByRole('img', { name: 'Layer and split: draws from 0 to 1' }).nth(1).waitFor();
      await takePictures(page, 'explain', width);
    });
  });
});
