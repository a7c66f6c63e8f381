import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRoot } from '../../server/repository-root.ts';
import { startTestServer, type TestServer } from '../integration/test-server.ts';
import { openBrowser, type TestBrowser, type VisitOptions } from './browser.ts';
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
      expect(explained.slot).not.toBe('');
    });
  });
});
