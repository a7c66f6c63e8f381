import { readFile } from 'node:fs/promises';
import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../server/contract/report-contract.ts';
import { translate } from '../../server/http/error-handler.ts';
import { AssayError } from '../../server/http/errors.ts';
import { fromRoot } from '../../server/repository-root.ts';
import { startTestServer, type TestServer, until } from '../integration/test-server.ts';
import { openBrowser, type TestBrowser, type VisitOptions } from './browser.ts';
import { expectBasics, expectBothSchemes } from './page-basics.ts';
import { importExperiment, imported } from './sample-experiments.ts';
import { sendSparseUnit, sparse, startSparseExperiment } from './sparse-experiment.ts';

let test: TestServer;
let empty: TestServer;
let browser: TestBrowser;

beforeAll(async () => {
  [test, empty] = await Promise.all([startTestServer(), startTestServer()]);
  browser = await openBrowser(test.url);
  await Promise.all([importExperiment(test), startSparseExperiment(test)]);
  await until(async () => {
    const { metrics } = await reportOf(imported.key);
    return metrics.some(({ comparisons }) => comparisons.some(({ relative }) => relative?.estimate));
  }, 60_000);
});
afterAll(async () => {
  try {
    await browser?.close();
  } finally {
    await Promise.all([test?.stop(), empty?.stop()]);
  }
});

const visit = (options: VisitOptions, story: (page: Page) => Promise<void>) =>
  browser.visit({ key: test.adminKey, ...options }, story);
const reportOf = async (key: string) => (await test.api<Report>('GET', `/api/experiments/${key}/report`)).body;
const heading = (page: Page, name: string | RegExp, level = 1) => page.getByRole('heading', { level, name });
const picture = (name: string) => fromRoot('test-artifacts', `state-${name}.png`);

/** Every page that asks for something, with what it says where there is nothing yet. */
const pages = [
  { name: 'home', path: '/' },
  { name: 'experiment', path: `/experiments/${imported.key}` },
  { name: 'experiments', path: '/experiments' },
  { name: 'slots', path: '/slots' },
  { name: 'slot', path: `/slots/${imported.key}` },
  { name: 'catalogue', path: '/catalogue' },
  { name: 'audit', path: '/audit' },
  { name: 'settings', path: '/settings' },
];

const emptyPages = [
  ['home', '/', 'No experiments yet'],
  ['experiments', '/experiments', 'No experiments yet.'],
  ['slots', '/slots', 'No slots yet.'],
  ['catalogue', '/catalogue', 'No metrics yet.'],
  ['explain', '/explain', 'No slots yet, so there is nothing to decide.'],
] as const;

/** What the pages ask for, but for who is signed in. */
const asked = /\/api\/(?!session)/;
const forbidden = new AssayError('forbidden', 'This needs an admin key; yours is an SDK key.');

/** Answers like the server's own error handler. */
const refuse = (error: unknown) => (route: Route) => {
  const known = translate(error);
  return route.fulfill({ status: known.status, json: known.body() });
};

/** Each page in a tab of its own, since each waits. */
const inTabs = (page: Page, story: (tab: Page, one: (typeof pages)[number]) => Promise<void>) =>
  Promise.all(pages.map(async (one) => story(await page.context().newPage(), one)));

describe('every page', () => {
  it('shows its outline while it loads', async () => {
    await visit({ cutOff: true }, async (page) => {
      await page.context().route(asked, () => {});
      for (const { name, path } of pages) {
        await page.goto(path);
        await page.getByRole('main').getByRole('status').filter({ hasText: 'Loading' }).waitFor();
        await expectBasics(page, `${name}, loading`, 1280);
        await page.screenshot({ path: picture(`${name}-loading`) });
      }
    });
  });

  it('says that the server failed, and shows everything once it works again', async () => {
    await visit({ cutOff: true }, async (page) => {
      const fail = refuse(new Error('a bug'));
      await page.context().route(asked, fail);
      await inTabs(page, async (tab, { name, path }) => {
        await tab.goto(path);
        const notice = tab.getByRole('alert').filter({ hasText: 'The server failed' }).first();
        await notice.waitFor();
        await tab.getByText('Something failed on our side; it has been logged.').first().waitFor();
        await expectBasics(tab, `${name}, failed`, 1280);
        await tab.screenshot({ path: picture(`${name}-failed`) });
      });
      // All tabs are in view here, which windows of people rarely are: so many streams would use up the browser's connections.
      await page.context().route('**/api/stream', fail);
      await page.context().unroute(asked, fail);
      for (const tab of page.context().pages()) {
        if (tab === page) continue;
        // Behind others a page asks nothing again; a second click too soon would ask anew.
        await tab.bringToFront();
        const again = tab.getByRole('button', { name: 'Try again' });
        const whole = async () => {
          if ((await again.count()) > 0) await again.first().click();
          // A part that is still to come has a hidden heading of its own.
          return (
            (await tab.getByRole('alert').count()) === 0 && (await tab.locator('h1:not([data-loading])').isVisible())
          );
        };
        await expect.poll(whole, { message: tab.url(), timeout: 30_000, interval: 2_000 }).toBe(true);
      }
    });
  });

  it('says that this key may not see it, and leads to the sign-in page', async () => {
    await visit({ cutOff: true }, async (page) => {
      await page.context().route(asked, refuse(forbidden));
      for (const { name, path } of pages) {
        await page.goto(path);
        await page.getByRole('alert').filter({ hasText: 'Your key may not do this' }).first().waitFor();
        await page.getByText(forbidden.message).first().waitFor();
        await expectBasics(page, `${name}, forbidden`, 1280);
        await page.screenshot({ path: picture(`${name}-forbidden`) });
      }
      await page.getByRole('button', { name: 'Sign in with another key' }).first().click();
      await heading(page, 'Sign in to Assay').waitFor();
    });
  });
});

describe('a new server', () => {
  it('says on each page that there is nothing yet, and what to do', async () => {
    const other = await openBrowser(empty.url);
    try {
      await other.visit({ key: empty.adminKey }, async (page) => {
        for (const [name, path, words] of emptyPages) {
          await page.goto(path);
          await page.getByText(words).first().waitFor();
          expect(await page.getByRole('table').count(), name).toBe(0);
          await expectBasics(page, `${name}, empty`, 1280);
          await page.screenshot({ path: picture(`${name}-empty`) });
        }
        await page.goto('/experiments');
        await page.getByRole('main').getByRole('link', { name: 'Home' }).click();
        await heading(page, 'No experiments yet', 2).waitFor();
        await page.getByRole('main').getByRole('link', { name: 'API reference' }).click();
        await page.getByText('Who is signed in.').waitFor();
      });
    } finally {
      await other.close();
    }
  });
});

describe('a page in view', () => {
  it('keeps the last numbers without a network, and says so until it is back', async () => {
    await visit({ cutOff: true }, async (page) => {
      await page.goto(`/experiments/${sparse.key}`);
      await heading(page, sparse.name).waitFor();
      await page.context().setOffline(true);
      const banner = page.getByText(/^You are offline\. What you see is what came last/);
      await banner.waitFor();
      await heading(page, sparse.name).waitFor();
      await page.screenshot({ path: picture('experiment-offline') });
      await expectBasics(page, 'experiment, offline', 1280);
      await page.context().setOffline(false);
      await banner.waitFor({ state: 'detached' });
    });
  });

  it('keeps the last numbers when a renewal fails, and says so', async () => {
    await visit({ cutOff: true }, async (page) => {
      await page.goto(`/experiments/${sparse.key}`);
      await heading(page, sparse.name).waitFor();
      await page.route(asked, refuse(forbidden));
      await sendSparseUnit(test, 'another one');
      await page.getByText(/These are the last numbers received/).waitFor();
      await heading(page, sparse.name).waitFor();
    });
  });

  it('stands when the code of a chart does not come', async () => {
    await visit({ cutOff: true }, async (page) => {
      await page.route(/interval-plot/, (route) => route.abort());
      await page.goto(`/experiments/${imported.key}`);
      const card = page.getByRole('region', { name: /^Lift of every metric/ });
      await card.getByText('This part did not load').waitFor();
      await heading(page, 'Metrics', 2).waitFor();
      await card.screenshot({ path: picture('chart-failed') });
    });
  });
});

describe('too little data', () => {
  it.each([1280, 390])('is an outcome of its own at %d pixels: no winner, and what is missing', async (width) => {
    await visit({ width }, async (page) => {
      await page.goto(`/experiments/${sparse.key}`);
      await heading(page, 'Verdict: keep running', 2).waitFor();
      const { verdict, metrics } = await reportOf(sparse.key);
      expect(metrics[0]?.comparisons[0]?.status).toBe('insufficient');
      await page.getByText(verdict.sentence).first().waitFor();
      await expectBothSchemes(page, 'state-sparse', width);
      expect(await page.getByRole('main').innerText()).not.toMatch(/significant|winner|p = /i);
    });
  });
});

describe('a chart', () => {
  it('is taken away as data and as a picture by keyboard, and read as a table', async () => {
    await visit({}, async (page) => {
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.goto(`/experiments/${imported.key}`);
      const chart = page.getByRole('figure', { name: /^Came back is up/ });
      const choose = async (item: string) => {
        await chart.getByRole('button', { name: /^Export/ }).focus();
        await page.keyboard.press('Enter');
        const items = page.getByRole('menuitem');
        await items.first().waitFor();
        const wanted = page.getByRole('menuitem', { name: item });
        for (
          let tries = 0;
          tries < 5 && !(await wanted.evaluate((one) => one === one.ownerDocument.activeElement));
          tries++
        ) {
          await page.keyboard.press('ArrowDown');
        }
        await page.keyboard.press('Enter');
        await items.first().waitFor({ state: 'detached' });
      };

      const [data] = await Promise.all([page.waitForEvent('download'), choose('Data (CSV)')]);
      expect(data.suggestedFilename()).toBe(`${imported.key}-lift.csv`);
      const [head, came] = (await readFile(await data.path(), 'utf8')).split('\r\n');
      expect(head).toBe(
        `Metric,Role,Variant,"Lift against ${imported.control}, %","From, %","To, %",Unit,In words,State`,
      );
      const lift = (await reportOf(imported.key)).metrics[0]?.comparisons[0]?.relative?.estimate ?? Number.NaN;
      expect(Number(came?.split(',')[3])).toBeCloseTo(lift * 100, 9);

      const [image] = await Promise.all([page.waitForEvent('download'), choose('Picture (PNG)')]);
      expect(image.suggestedFilename()).toBe(`${imported.key}-lift.png`);
      await image.saveAs(picture('chart-taken-away'));
      const bytes = await readFile(await image.path());
      expect(bytes.subarray(1, 4).toString()).toBe('PNG');
      const drawn = await chart.getByRole('img').evaluate((one) => one.getBoundingClientRect().width);
      expect(bytes.readUInt32BE(16)).toBe(2 * (Math.round(drawn) + 40));

      await choose('Show as table');
      const table = page.getByRole('region', { name: /^Table: Came back is up/ });
      await table.getByRole('row', { name: /^Came back .*letter/ }).waitFor();
      await expectBasics(page, 'experiment with a chart as table', 1280);
      await page.screenshot({ path: picture('chart-as-table') });
      await choose('Hide the table');
      await table.waitFor({ state: 'detached' });
    });
  });
});
