import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Home } from '../../server/contract/home-contract.ts';
import { fromRoot } from '../../server/repository-root.ts';
import { draftExperiment, startTestServer, type TestServer, until } from '../integration/test-server.ts';
import { openBrowser, type TestBrowser, type VisitOptions } from './browser.ts';
import { modeKeys, startModes, visitModes } from './mode-experiments.ts';
import { expectBasics } from './page-basics.ts';

const pictures = fromRoot('test-artifacts');
let test: TestServer;
let browser: TestBrowser;

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  test = await startTestServer();
  browser = await openBrowser(test.url);
  await startModes(test);
  await draftExperiment(test, { key: 'checkout' });
  await visitModes(test, 0, 150);
  await post(`/api/experiments/${modeKeys.canary}/hold`, { reason: 'Over the weekend nobody watches.' });
  await until(async () => {
    const { attention, running } = await home();
    const rolledBack = attention.some(({ kind }) => kind === 'rolled_back');
    return rolledBack && running.every(({ units }) => units > 0);
  });
});
afterAll(async () => {
  try {
    await browser?.close();
  } finally {
    await test?.stop();
  }
});

const visit = (story: (page: Page) => Promise<void>, options: VisitOptions = {}) =>
  browser.visit({ key: test.adminKey, ...options }, story);
const heading = (page: Page, name: string | RegExp, level = 2) => page.getByRole('heading', { level, name });
const home = async () => (await test.api<Home>('GET', '/api/home')).body;
async function post(path: string, body: unknown = {}): Promise<void> {
  const answer = await test.api('POST', path, body);
  if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
}

// First, while nothing has been moved by hand.
describe('the pages', () => {
  it.each([1280, 390])('fit %d pixels, in light colours and in dark ones', async (width) => {
    const pages = [
      ['home', '/', 'Home'],
      ['experiments', '/experiments', 'Experiments'],
      ['slots', '/slots', 'Slots'],
      ['slot-shadow', `/slots/${modeKeys.shadow}`, modeKeys.shadow],
      ['slot-idle', '/slots/checkout', 'checkout'],
    ] as const;
    await visit(
      async (page) => {
        for (const [name, path, title] of pages) {
          await page.goto(path);
          await heading(page, title, 1).waitFor();
          if (name.startsWith('slot-')) await page.getByText('made the slot with it.').waitFor();
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme });
            await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
            await expectBasics(page, `${name} ${colorScheme}`, width);
            await page.screenshot({ path: `${pictures}/${name}-${width}-${colorScheme}.png`, fullPage: true });
          }
        }
      },
      { width },
    );
  });
});

describe('home', () => {
  it('leads from a rollback and from a held ramp to their causes', async () => {
    await visit(async (page) => {
      await page.goto('/');
      await page.getByText(/^2 experiments need a person; 4 run, 1 is paused\.$/).waitFor();
      const needs = page.getByRole('region', { name: 'Needs a person' }).getByRole('listitem');
      expect(await needs.count()).toBe(2);
      expect(await needs.first().innerText()).toMatch(/Rolled back\s+New prices.*Errors: .*Since \d\d:\d\d/s);
      await needs.first().getByRole('link', { name: 'New prices' }).click();
      await heading(page, 'New prices', 1).waitFor();
      expect(new URL(page.url()).hash).toBe('#phases');
      const plan = page.getByRole('listitem').filter({ hasText: 'Why it was rolled back' });
      await plan.getByText(/Rolled back at step 1 of 2\. Errors: /).waitFor();
      await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('phases');

      await page.goBack();
      await needs.filter({ hasText: 'Held' }).getByRole('link', { name: 'Faster search' }).click();
      await heading(page, 'Faster search', 1).waitFor();
      await page.getByRole('button', { name: 'Release' }).waitFor();
      await page
        .getByText(/Over the weekend nobody watches\./)
        .first()
        .waitFor();
    });
  });

  it('shows how far each experiment is and what it says, and the picture in words', async () => {
    const { running } = await home();
    const canary = running.find(({ key }) => key === modeKeys.canary);
    await visit(async (page) => {
      await page.goto('/');
      const item = page
        .getByRole('region', { name: 'Running' })
        .getByRole('listitem')
        .filter({ has: page.getByRole('link', { name: 'Faster search' }) });
      await item.getByText('Step 1 of 3', { exact: true }).waitFor();
      const bars = item.getByRole('img', { name: /^New units per minute: / });
      expect(await bars.getAttribute('aria-label')).toContain(`${canary?.units} in all`);
      expect(await page.getByRole('region', { name: 'Running' }).getByText('New prices').count()).toBe(0);
      await page.getByRole('region', { name: 'Drafts' }).getByRole('link', { name: 'Experiment checkout' }).waitFor();
      await item.getByRole('link', { name: 'search' }).last().click();
      await heading(page, modeKeys.canary, 1).waitFor();
    });
  });
});
