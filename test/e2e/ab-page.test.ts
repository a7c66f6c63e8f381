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
import { importExperiment, imported } from './sample-experiments.ts';

let test: TestServer;
let browser: TestBrowser;

beforeAll(async () => {
  test = await startTestServer();
  browser = await openBrowser(test.url);
  await Promise.all([startPlannedExperiment(test), importExperiment(test)]);
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
      if (!one?.adjustment) throw new Error('it is adjusted');
      const { estimate, standardError } = one.adjustment.unadjusted;
      const wanted = [estimate, estimate - 1.96 * standardError, estimate + 1.96 * standardError];
      const shown = numbersIn(plain.Difference).slice(0, 3).map(Number);
      for (const [place, value] of wanted.entries()) expect(shown[place]).toBeCloseTo(value, 1);
      expect(plain.Difference).not.toBe(adjusted.Difference);
      expect(plain.Test).toBe('the adjusted numbers decide');
    });
  });

  it('draws how values are spread, and says where there is nothing to draw', async () => {
    const address = `/api/experiments/${imported.key}/distribution`;
    await until(async () => {
      const { body } = await test.api<Distribution>('GET', `${address}?metric=spend`);
      return body.variants.some(({ count }) => count > 0) || null;
    }, 60_000);
    await visit({}, async (page) => {
      await page.goto(`/experiments/${imported.key}`);
      const answer = page.waitForResponse((response) => new URL(response.url()).pathname === address);
      const unfold = page.getByRole('button', { name: 'Distribution of Spend per person' });
      await unfold.click();
      const { bars, variants } = (await (await answer).json()) as Distribution;
      const panel = page.getByRole('region', { name: 'Spread of Spend per person' });
      await panel.getByRole('img', { name: 'Share of the variant in percent, by value: Spend per person' }).waitFor();
      for (const { variant, count } of variants)
        await panel.getByText(`${variant}: ${count} units from 0 to`).waitFor();
      await expect.poll(() => panel.getByRole('row').count()).toBe(1 + bars.length);
      await page.getByRole('button', { name: 'Distribution of Came back' }).click();
      await page.getByText('Each unit counts 0 or 1 here').waitFor();
      await panel.screenshot({ path: fromRoot('test-artifacts', 'ab-distribution.png') });
      await unfold.click();
      await panel.waitFor({ state: 'detached' });
    });
  });

  it('shows the SQL behind a number, which answers what the report shows', async () => {
    await visit({}, async (page) => {
      await page.goto(path);
      const opener = page.getByRole('button', { name: 'Show the query behind Bought' });
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
      await expect.poll(() => page.evaluate('document.activeElement?.textContent')).toBe('Show the query');
    });
  });

  it.each([1280, 390])('fits %d pixels in both colour schemes', async (width) => {
    await visit({ width }, async (page) => {
      await page.goto(`${path}?scale=absolute`);
      await page.getByRole('img', { name: /^Difference of every metric/ }).waitFor();
      await page.getByRole('img', { name: /^By country/ }).waitFor();
      await expectBothSchemes(page, 'ab', width);
    });
  });
});
