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
const heading = (page: Page, name: string | RegExp, level = 2) => page.getByRole('heading', { level, name });
const reportNow = async () => (await test.api<Report>('GET', `/api/experiments/${planned.key}/report`)).body;
const looksTaken = (least: number) =>
  until(async () => {
    const { progress } = await reportNow();
    return progress && progress.looks.taken >= least ? progress : null;
  }, 100_000);

// They share the experiment and wait for its looks, so they go one after the other.
describe('an experiment with planned looks', () => {
  it('says which look was taken, when the next comes, and how the plan was made', async () => {
    const { looks } = await looksTaken(2);
    await visit({}, async (page) => {
      await page.goto(`/experiments/${planned.key}`);
      await heading(page, planned.name, 1).waitFor();
      if (looks.taken < planned.looks)
        await heading(page, new RegExp(`^Look [2-4] of ${planned.looks} was taken`)).waitFor();
      await page.getByText(`${planned.looks} looks, O’Brien–Fleming`).waitFor();
      await page.getByText('Waiting time (guardrail, may be worse by less than 20\u202f%)').waitFor();
      await page.getByText('budget', { exact: true }).waitFor();
    });
  });

  it('shows adjusted numbers with what the adjustment took away, and the plain ones on demand', async () => {
    await visit({}, async (page) => {
      await page.goto(`/experiments/${planned.key}`);
      await heading(page, planned.name, 1).waitFor();
      const cells = await metricRow(page, 'Spent per visitor', 'meaning');
      expect(cells['Mature units']).toBe(String(planned.eachArm));
      expect(cells.Difference).toMatch(/adjusted, variance \u2212\d+\u202f%/);
      expect(cells.Test).toMatch(/p [=<] .*significant at 95\u202f%\n*look [2-4] of 4/s);

      const shown = (await reportNow()).metrics.find(({ key }) => key === 'spent')?.comparisons[0];
      const [estimate, lower, upper] = numbersIn(cells.Difference);
      expect(Number(estimate)).toBeCloseTo(shown?.difference?.estimate ?? Number.NaN, 1);
      expect(Number(lower)).toBeLessThan(Number(upper));
      // Every unit of the new arm spends 3 more at the same budget.
      expect(Number(lower)).toBeLessThan(3);
      expect(Number(upper)).toBeGreaterThan(3);

      const more = page.getByRole('button', { name: 'Details of Spent per visitor, meaning' });
      expect(await more.getAttribute('aria-expanded')).toBe('false');
      await more.click();
      const detail = page.getByRole('region', { name: 'Details of Spent per visitor, meaning' });
      await detail.getByText('Without adjustment', { exact: true }).waitFor();
      await detail.getByText('Bayesian view — does not decide').waitFor();
      await detail.getByText('Limit for z').waitFor();
      await more.click();
      await detail.waitFor({ state: 'detached' });
    });
  });

  it('answers the margin of a guardrail, and draws looks and segments with text beside them', async () => {
    await visit({}, async (page) => {
      await page.goto(`/experiments/${planned.key}`);
      await heading(page, planned.name, 1).waitFor();
      const cells = await metricRow(page, 'Waiting time', 'meaning');
      expect(cells.Test).toMatch(/worse by less than 20\u202f%: (not )?shown/);
      await heading(page, /^Difference over time/).waitFor();
      await page.getByRole('img', { name: /over looks: Difference from words/ }).waitFor();
      await page
        .getByRole('figure', { name: /after look \d/ })
        .getByRole('row', { name: /^1 .* meaning / })
        .first()
        .waitFor({ state: 'attached' });
      await heading(page, 'Effect by segment').waitFor();
      await page.getByRole('img', { name: /^By country: Difference from words/ }).waitFor();
      await page
        .getByRole('figure', { name: /^By country: / })
        .getByRole('row', { name: /^fr \d+ / })
        .first()
        .waitFor({ state: 'attached' });
    });
  });

  it.each([1280, 390])('fits %d pixels, in light colours and in dark ones, with everything unfolded', async (width) => {
    await visit({ width }, async (page) => {
      await page.goto(`/experiments/${planned.key}`);
      await page.getByRole('img', { name: /^By country/ }).waitFor();
      await page.getByRole('button', { name: 'Details of Spent per visitor, meaning' }).click();
      await page.getByRole('button', { name: 'Details of Waiting time, meaning' }).click();
      await expectBothSchemes(page, 'looks', width);
    });
  });

  it('ends with the last planned look', async () => {
    await looksTaken(planned.looks);
    await visit({}, async (page) => {
      await page.goto(`/experiments/${planned.key}`);
      await page.getByText(`By look ${planned.looks} of ${planned.looks}, taken`).waitFor();
      const cells = await metricRow(page, 'Spent per visitor', 'meaning');
      expect(cells.Test).toContain(`look ${planned.looks} of ${planned.looks}`);
    });
  });
});
