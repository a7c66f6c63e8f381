import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../server/contract/report-contract.ts';
import { startTestServer, type TestServer, until } from '../integration/test-server.ts';
import { openBrowser, type TestBrowser, type VisitOptions } from './browser.ts';
import { expectBothSchemes } from './page-basics.ts';
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
        .getByText(/^Sequential plan, look \d of 4\. Adjusting for budget saved \d+\u202f% of the variance/)
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

  it.each([1280, 390])('fits %d pixels in both colour schemes', async (width) => {
    await visit({ width }, async (page) => {
      await page.goto(`${path}?scale=absolute`);
      await page.getByRole('img', { name: /^Difference of every metric/ }).waitFor();
      await page.getByRole('img', { name: /^By country/ }).waitFor();
      await expectBothSchemes(page, 'ab', width);
    });
  });
});
