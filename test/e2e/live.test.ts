import { mkdirSync, readFileSync } from 'node:fs';
import { connect } from '@assay-ml/sdk';
import pg from 'pg';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Report } from '../../server/contract/report-contract.ts';
import { fromRoot } from '../../server/repository-root.ts';
import { refreshEveryMs } from '../../web/api/live-state.ts';
import { createTestDatabase, type TestDatabase } from '../integration/database.ts';
import { draftExperiment, startTestServer, type TestServer, until } from '../integration/test-server.ts';
import { openBrowser, type TestBrowser } from './browser.ts';

const KEY = 'watched';
let database: TestDatabase;
let test: TestServer;
let browser: TestBrowser;
let sent = 0;

beforeAll(async () => {
  mkdirSync(fromRoot('test-artifacts'), { recursive: true });
  database = await createTestDatabase();
  test = await startTestServer({ DATABASE_URL: database.url });
  browser = await openBrowser(test.url);
  await draftExperiment(test, { key: KEY, windowSeconds: 3600 });
  await test.api('POST', `/api/experiments/${KEY}/start`);
  await send(10);
});
// The server waits for open connections, so the browser goes first.
afterAll(async () => {
  try {
    await browser?.close();
  } finally {
    await test?.stop();
    await database?.drop();
  }
});

/** So many new units, now; once the report counts them. */
async function send(units: number): Promise<void> {
  const assay = await connect({ url: test.url, key: test.sdkKey });
  for (let i = 0; i < units; i += 1) assay.decide(KEY, { unit: `u${sent + i}` });
  await assay.close();
  sent += units;
  await until(async () => {
    const { body } = await test.api<Report>('GET', `/api/experiments/${KEY}/report`);
    return body.variants.reduce((sum, each) => sum + each.units, 0) === sent;
  });
}

/** What a page asks of the server, and what its stream tells it, in order. */
async function listen(page: Page) {
  const log: string[] = [];
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  session.on('Network.eventSourceMessageReceived', ({ eventName, data }) => {
    if (eventName === 'ready' || (eventName === 'change' && data.includes(`"${KEY}"`))) log.push(eventName);
  });
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname === '/api/stream') log.push('open');
    if (pathname.endsWith('/report')) log.push('report');
  });
  page.on('requestfailed', (request) => {
    if (request.url().endsWith('/api/stream')) log.push('close');
  });
  return { log, count: (what: string) => log.filter((each) => each === what).length };
}

const counted = (page: Page, units = sent) => page.getByRole('heading', { name: `Exposures: ${units} units` });
const isLive = (page: Page) => page.getByText('Live: new numbers come by themselves.').waitFor();
const see = (page: Page, state: 'visible' | 'hidden') =>
  page.evaluate(`Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
    document.dispatchEvent(new Event('visibilitychange'));`);

it(
  'numbers come by the stream alone, and nothing on the page moves for them',
  () =>
    browser.visit({ key: test.adminKey }, async (page) => {
      const { log, count } = await listen(page);
      await page.goto(`/experiments/${KEY}`);
      await isLive(page);
      // From here on nothing on the page is new but what this test sends.
      await counted(page).waitFor();
      await page
        .getByRole('figure')
        .last()
        .getByRole('button', { name: /^Export/ })
        .click();
      const item = page.getByRole('menuitem', { name: 'Data (CSV)' });
      await item.focus();
      const place = async () => ({
        scrolled: await page.evaluate('scrollY'),
        focused: await page.evaluate('document.activeElement.textContent'),
        box: await item.boundingBox(),
      });
      const before = await place();
      expect(before.focused).toBe('Data (CSV)');
      expect(before.scrolled).toBeGreaterThan(0);
      await send(15);
      await counted(page).waitFor();
      expect(await place()).toEqual(before);
      await page.screenshot({ path: fromRoot('test-artifacts', 'live.png') });
      // A page that asks at intervals would have asked again by then without being told to.
      await page.waitForTimeout(refreshEveryMs + 1_000);
      expect(count('change')).toBeGreaterThan(0);
      expect(count('report'), log.join()).toBeLessThanOrEqual(1 + count('ready') + count('change'));
      expect(count('open')).toBe(1);
    }),
  60_000,
);

it(
  'a hidden page has no stream, and catches up when it is seen again',
  () =>
    browser.visit({ key: test.adminKey }, async (page) => {
      const { log, count } = await listen(page);
      await page.goto(`/experiments/${KEY}`);
      await isLive(page);
      await counted(page).waitFor();
      await see(page, 'hidden');
      await page.getByText('Paused while hidden.').waitFor();
      await until(async () => count('close') === 1);
      const [asked, known] = [count('report'), sent];
      await send(5);
      expect(count('report'), log.join()).toBe(asked);
      expect(await counted(page, known).isVisible()).toBe(true);
      await see(page, 'visible');
      await counted(page).waitFor();
      expect(count('open')).toBe(2);
    }),
  60_000,
);

it(
  'data are exported and computed again with progress, and cancelled with nothing changed',
  () =>
    browser.visit({ key: test.adminKey }, async (page) => {
      await page.goto(`/experiments/${KEY}`);
      const part = (name: string) => page.getByRole('region', { name });
      const [exporting, computing] = [part('Export as CSV'), part('Compute again from raw events')];
      const arrived = page.waitForEvent('download');
      await exporting.getByRole('button', { name: 'Export' }).click();
      await exporting.getByText(new RegExp(`^${sent} rows, .*B, saved as ${KEY}-phase-0.csv`)).waitFor();
      const file = readFileSync(await (await arrived).path(), 'utf8')
        .trim()
        .split('\n');
      expect(file.length).toBe(1 + sent);
      expect(file[0]).toBe(`unit,variant,step,first_exposure,source,counted,${KEY}-clicked`);

      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      await client.query('begin; lock table unit_total in access exclusive mode');
      await computing.getByRole('button', { name: 'Compute again' }).click();
      await computing.getByText('Comparing each unit with what was known of it (3 of 5)…').waitFor();
      expect(await computing.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('40');
      await computing.scrollIntoViewIfNeeded();
      await page.screenshot({ path: fromRoot('test-artifacts', 'live-rebuild.png') });
      await computing.getByRole('button', { name: 'Cancel' }).click();
      await computing.getByText('Cancelled: all is as it was.').waitFor();
      await client.query('commit');
      await client.end();
      await computing.getByRole('button', { name: 'Compute again' }).press('Enter');
      await computing.getByText(/^Done in .* every unit was right\.$/).waitFor();
      await counted(page).waitFor();
    }),
  60_000,
);

it('a server that was away is found again', async () => {
  const port = new URL(test.url).port;
  await browser.visit({ key: test.adminKey, cutOff: true }, async (page) => {
    const { count } = await listen(page);
    await page.goto(`/experiments/${KEY}`);
    await isLive(page);
    await page
      .getByRole('button', { name: /^Export/ })
      .first()
      .waitFor(); // a chart, whose code comes later
    await test.stop();
    await page.getByText('Renewed every 5 s.').waitFor();
    await counted(page).waitFor(); // what was known stays
    test = await startTestServer({ DATABASE_URL: database.url, PORT: port });
    await isLive(page);
    await send(1);
    await counted(page).waitFor();
    expect(count('ready')).toBe(2);
  });
}, 60_000);
