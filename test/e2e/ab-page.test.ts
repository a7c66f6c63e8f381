import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Distribution } from '../../server/contract/distribution-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { fromRoot } from '../../server/repository-root.ts';
import { startTestServer, type TestServer, until } from '../integration/test-server.ts';
import { openBrowser, type TestBrowser, type VisitOptions } from './browser.ts';
import { expectBasics, expectBothSchemes } from './page-basics.ts';
import { metricRow, numbersIn } from './page-numbers.ts';
import { planned, startPlannedExperiment } from './planned-experiment.ts';

let test: TestServer;
let browser: TestBrowser;

beforeAll(async () => {
  test = await startTestServer();
  browser = await openBrowser(test.url);
  await startPlannedExperiment(test);
  await until(async () => ((await reportNow()).progress?.looks.taken ?? 0) > 0 || null, 100_000);
});
afterAll(async () => {
  try {
    await browser?.close();
  } finally {
    await test?.stop();
  }
});

const visit = (options: VisitOptions, story: (page: Page) => Promise<void>) =>
  browser.visit({ key: test.adminKey, ...options }, story);
const reportNow = async () => (await test.api<Report>('GET', `/api/experiments/${planned.key}/report`)).body;
const path = `/experiments/${planned.key}`;

describe('the page of an A/B phase', () => {
  it('shows effects relative or absolute, and keeps the choice in the address', async () => {
    await visit({}, async (page) => {
      await page.goto(path);
      await page.getByRole('img', { name: 'Lift of every metric against words, in percent' }).waitFor();
      await page.getByRole('radiogroup', { name: 'Scale of the effects' }).getByText('Absolute').click();
      const plot = page.getByRole('img', { name: 'Difference of every metric from words, in its own unit' });
      await plot.waitFor();
      expect(new URL(page.url()).searchParams.get('scale')).toBe('absolute');
      expect(await plot.textContent()).toContain('Guardrails: they must not get worse');
      const shown = await metricRow(page, 'Bought', 'meaning');
      expect(await plot.textContent()).toContain(shown.Difference?.split('\n')[0]);
      await page.reload();
      await plot.waitFor();
    });
  });

  it('turns CUPED off to the plain numbers of the report, which decide nothing', async () => {
    await visit({}, async (page) => {
      await page.goto(path);
      await page
        .getByText(/^Sequential plan, look \d of 4\. Adjusting for budget saved \d+\u202f% of the variance of “Spent/)
        .waitFor();
      const adjusted = await metricRow(page, 'Spent per visitor', 'meaning');
      await page.getByRole('radiogroup', { name: /CUPED/ }).getByText('CUPED off').click();
      await page.getByText('Shown without adjustment.').waitFor();
      const plain = await metricRow(page, 'Spent per visitor', 'meaning');
      const one = (await reportNow()).metrics.find(({ key }) => key === 'spent')?.comparisons[0];
      const line = one?.others.find(({ method }) => method.endsWith('not adjusted'));
      const wanted = [one?.adjustment?.unadjusted.estimate, line?.interval?.lower, line?.interval?.upper];
      const shown = numbersIn(plain.Difference).slice(0, 3).map(Number);
      for (const [place, value] of wanted.entries()) expect(shown[place]).toBeCloseTo(value ?? Number.NaN, 1);
      expect(plain.Difference).not.toBe(adjusted.Difference);
      expect(plain.Test).toBe('the adjusted numbers decide');
    });
  });

  it('draws how values are spread, and says where there is nothing to draw', async () => {
    await until(async () => {
      const { body } = await test.api<Distribution>('GET', `/api${path}/distribution?metric=spent`);
      return body.computedAt;
    }, 60_000);
    const { body } = await test.api<Distribution>('GET', `/api${path}/distribution?metric=spent`);
    await visit({}, async (page) => {
      await page.goto(path);
      const unfold = page.getByRole('button', { name: 'Distribution of Spent per visitor' });
      await unfold.click();
      const panel = page.getByRole('region', { name: 'Spread of Spent per visitor' });
      await panel.getByRole('img', { name: 'Share of the variant in percent, by value: Spent per visitor' }).waitFor();
      expect(await panel.getByRole('row').count()).toBe(1 + body.bars.length);
      await panel.getByText(/^words: 200 units from \d+(\.\d+)? to \d+(\.\d+)?; meaning: 200 units from/).waitFor();
      await page.getByRole('button', { name: 'Distribution of Bought' }).click();
      await page.getByText('Each unit counts 0 or 1 here').waitFor();
      await unfold.click();
      await panel.waitFor({ state: 'detached' });
    });
  });

  it('shows the SQL behind a number, which answers what the report shows', async () => {
    await visit({}, async (page) => {
      await page.goto(path);
      const opener = page.getByRole('button', { name: 'Query behind Bought' });
      await opener.click();
      const dialog = page.getByRole('dialog', { name: 'The query behind “Bought”' });
      const sql = await dialog.getByRole('region', { name: 'SQL' }).innerText();
      const { rows } = await test.server.services.pool.query<{ variant: string; units: string; value: number }>(sql);
      for (const { variant, units, value } of rows) {
        const shown = await dialog.getByRole('row', { name: new RegExp(`^${variant}`) }).innerText();
        expect(numbersIn(shown)[0]).toBe(String(units));
        expect(Number(numbersIn(shown)[1])).toBeCloseTo(100 * Number(value), 0);
      }
      expect(rows).toHaveLength(2);
      await expectBasics(page, 'query', 1280);
      await page.screenshot({ path: fromRoot('test-artifacts', 'ab-query.png') });
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await expect.poll(() => opener.evaluate('(one) => one === document.activeElement')).toBe(true);
    });
  });

  it.each([1280, 390])('fits %d pixels in both colour schemes', async (width) => {
    await visit({ width }, async (page) => {
      await page.goto(`${path}?scale=absolute`);
      await page.getByRole('img', { name: /^Difference of every metric/ }).waitFor();
      await page.getByRole('img', { name: /^By country/ }).waitFor();
      await page.getByRole('button', { name: 'Distribution of Spent per visitor' }).click();
      await page.getByRole('img', { name: /^Share of the variant/ }).waitFor();
      await expectBothSchemes(page, 'ab', width);
    });
  });
});
