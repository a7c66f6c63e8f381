import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../server/contract/report-contract.ts';
import { startTestServer, type TestServer } from '../integration/test-server.ts';
import { openBrowser, type TestBrowser, type VisitOptions } from './browser.ts';
import { expectBothSchemes } from './page-basics.ts';
import { directCount, expectCame, expectSpend, metricRow, numbersIn } from './page-numbers.ts';
import {
  draft,
  importExperiment,
  imported,
  live,
  makeDraft,
  sendLiveUnits,
  startLiveExperiment,
} from './sample-experiments.ts';

const bothCharts = [/^Lift of every metric/, /over time$/];
/** The page asks once who is signed in. */
const signedOut = ['GET /api/session 401'];
let test: TestServer;
let browser: TestBrowser;

beforeAll(async () => {
  test = await startTestServer();
  browser = await openBrowser(test.url);
  await Promise.all([importExperiment(test), startLiveExperiment(test), makeDraft(test)]);
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
const reportOf = async (key: string) => (await test.api<Report>('GET', `/api/experiments/${key}/report`)).body;
const heading = (page: Page, name: string | RegExp, level = 1) => page.getByRole('heading', { level, name });
const pathOf = (page: Page) => page.url().slice(test.url.length);

describe('signing in', () => {
  it('takes the link, and clears its token from the address and the history', async () => {
    const link = await test.server.signInLink();
    await browser.visit({ refusals: signedOut }, async (page) => {
      await page.goto(link);
      await heading(page, 'Home').waitFor();
      expect(pathOf(page)).toBe('/');
      await page.reload();
      await heading(page, 'Home').waitFor();
      const entries = await page.evaluate('navigation.entries().map((entry) => entry.url)');
      expect(JSON.stringify(entries)).not.toContain('token');
    });
  });

  it('refuses a wrong key in words, and then takes the right one', async () => {
    await browser.visit({ refusals: [...signedOut, 'POST /api/session 401'] }, async (page) => {
      await page.goto('/');
      const key = page.getByLabel('Admin key');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('Paste the key first.').waitFor();
      await key.fill(test.sdkKey);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('This key is not known here.').waitFor();
      expect(await key.getAttribute('aria-invalid')).toBe('true');
      await key.fill(test.adminKey);
      await key.press('Enter');
      await heading(page, 'Home').waitFor();
    });
  });

  it('says that a spent link is not valid any more', async () => {
    await browser.visit({ refusals: [...signedOut, 'POST /api/session 401'] }, async (page) => {
      await page.goto('/sign-in#token=assay_sign_in_spent');
      await page.getByText('This link or key is not valid any more.').waitFor();
      expect(pathOf(page)).toBe('/sign-in');
    });
  });

  it('leads from a deep link to the sign-in page and back', async () => {
    await browser.visit({ refusals: signedOut }, async (page) => {
      await page.goto(`/experiments/${live.key}?exposures=cumulative`);
      await heading(page, 'Sign in to Assay').waitFor();
      await page.getByLabel('Admin key').fill(test.adminKey);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await heading(page, live.name).waitFor();
      expect(pathOf(page)).toBe(`/experiments/${live.key}?exposures=cumulative`);
    });
  });

  it('leads home when the address asks for another site', async () => {
    await visit({}, async (page) => {
      for (const next of ['https://example.org/', '//example.org', '/\\example.org', '/\t/example.org', '/sign-in']) {
        await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
        await heading(page, 'Home').waitFor();
        expect(pathOf(page), next).toBe('/');
      }
    });
  });

  it('ends with a click on sign out, also for the address that was open', async () => {
    await visit({ refusals: signedOut }, async (page) => {
      await page.goto(`/experiments/${live.key}`);
      await heading(page, live.name).waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await heading(page, 'Sign in to Assay').waitFor();
      await page.goto(`/experiments/${live.key}`);
      await heading(page, 'Sign in to Assay').waitFor();
    });
  });
});

describe('the list', () => {
  it('shows every experiment with its state, verdict and units, the running ones first', async () => {
    await visit({}, async (page) => {
      await page.goto('/experiments');
      await page.getByText(/^4 experiments, \d running$/).waitFor();
      const rows = page.getByRole('table').getByRole('row');
      await expect.poll(() => rows.nth(1).innerText()).toMatch(/ranking.*Running.*Keep running.*\b240\b/s);
      expect(await rows.last().innerText()).toMatch(/Draft|Concluded/);
      await page.getByRole('link', { name: live.name }).click();
      await heading(page, live.name).waitFor();
      await page.goBack();
      await heading(page, 'Experiments').waitFor();
    });
  });

  it.each(['/nowhere', '/experiments/nowhere', '/experiments/%22%3Cb%3E'])('has a way back from %s', async (path) => {
    const refusals = path === '/nowhere' ? [] : [`GET /api${path}/report 404`];
    await visit({ refusals }, async (page) => {
      await page.goto(path);
      await heading(page, /^There is no such (page|experiment)$/).waitFor();
      expect(await page.title()).toBe('Not found · Assay');
      await page.getByRole('link', { name: 'All experiments', exact: true }).click();
      await heading(page, 'Experiments').waitFor();
    });
  });
});

describe('a running experiment', () => {
  const openLive = async (page: Page) => {
    await page.goto(`/experiments/${live.key}`);
    await heading(page, live.name).waitFor();
    await heading(page, 'Live numbers — not for decisions', 2).waitFor();
  };

  it('shows live numbers as not for decisions, with progress and without any test', async () => {
    await visit({}, async (page) => {
      await openLive(page);
      await heading(page, 'Verdict: keep running', 2).waitFor();
      await page.getByText(/^240 of 1\u202f000 units are mature, 24\u202f% of the plan$/).waitFor();
      expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('24');
      const cells = await metricRow(page, 'Clicked', 'new');
      expect(cells).toMatchObject({ 'Mature units': '120', Test: 'live, no test yet' });
      expect(numbersIn(cells.Difference)).toHaveLength(4);
      await page.getByRole('cell', { name: 'live, not for decisions', exact: true }).waitFor({ state: 'attached' });

      const text = await page.getByRole('main').innerText();
      expect(text).not.toMatch(/\bp\s*[=<>]|significant|p-value|Holm/i);
      const { metrics } = await reportOf(live.key);
      expect(metrics.flatMap((each) => each.comparisons)).toMatchObject([{ pValue: null, significant: null }]);
    });
  });

  it('is paused and resumed only after a confirmation', async () => {
    await visit({}, async (page) => {
      await openLive(page);
      const state = async () => (await reportOf(live.key)).experiment.state;
      await page.getByRole('button', { name: 'Pause' }).click();
      await page
        .getByRole('dialog', { name: 'Pause this experiment?' })
        .getByRole('button', { name: 'Cancel' })
        .click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await state()).toBe('running');
      for (const [action, next] of [
        ['Pause', 'paused'],
        ['Resume', 'running'],
      ] as const) {
        await page.getByRole('button', { name: action }).click();
        await page.getByRole('dialog').getByRole('button', { name: action }).click();
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        expect(await state()).toBe(next);
      }
    });
  });
});

// Both wait for the page's next renewal, so they wait together.
describe.concurrent('a page that is left open', () => {
  it('renews itself when units arrive, without a reload', async () => {
    await visit({}, async (page) => {
      await page.goto(`/experiments/${live.key}`);
      await heading(page, 'Exposures: 240 units', 2).waitFor();
      await page.evaluate('window.neverReloaded = true');
      await sendLiveUnits(test, { prefix: 'late', eachArm: 15, exposedAt: Date.now() });
      await heading(page, 'Exposures: 270 units', 2).waitFor();
      expect(await page.evaluate('window.neverReloaded')).toBe(true);
      const total = await test.server.services.pool.query(
        `select count(distinct unit_id)::int as n from exposure e join phase p on p.id = e.phase_id
         join experiment x on x.id = p.experiment_id where x.key = $1`,
        [live.key],
      );
      expect(total.rows).toEqual([{ n: 270 }]);
    });
  });

  it('shows the final numbers of an experiment that was concluded with a click, those of a direct count', async () => {
    await visit({}, async (page) => {
      await page.goto(`/experiments/${imported.key}`);
      await heading(page, imported.name).waitFor();
      await page.getByRole('button', { name: 'Conclude' }).click();
      const dialog = page.getByRole('dialog', { name: 'Conclude this experiment?' });
      await dialog.getByLabel('Champion from now on').selectOption({ label: `Promote ${imported.challenger}` });
      await dialog.getByRole('button', { name: 'Conclude' }).click();
      await heading(page, 'Verdict: ship', 2).waitFor();
      await page.getByText('By the one final look, taken').waitFor();
      expect(await page.getByRole('button', { name: 'Conclude' }).isDisabled()).toBe(true);

      const [control, challenger] = await directCount(test);
      if (!control || !challenger) throw new Error('both arms have units');
      await expectCame(page, control, challenger);
      await expectSpend(page, control, challenger);
      await heading(page, 'Exposures: 600 units', 2).waitFor();
      expect(await page.getByText('not for decisions').count()).toBe(0);
      const { rows } = await test.server.services.pool.query('select champion from slot where key = $1', [
        imported.key,
      ]);
      expect(rows).toEqual([{ champion: imported.challenger }]);
    });
  });
});

describe('the pages', () => {
  it.each([1280, 390])('fit %d pixels, in light colours and in dark ones', async (width) => {
    await visit({ width }, async (page) => {
      const pages = [
        { name: 'experiment', path: `/experiments/${imported.key}`, title: imported.name, charts: bothCharts },
        { name: 'live', path: `/experiments/${live.key}`, title: live.name, charts: bothCharts },
        { name: 'draft', path: `/experiments/${draft.key}`, title: draft.name, charts: [] },
      ];
      for (const { name, path, title, charts } of pages) {
        await page.goto(path);
        await heading(page, title).waitFor();
        for (const chart of charts) await page.getByRole('img', { name: chart }).waitFor();
        expect(await cutOff(page), name).toEqual([]);
        await expectBothSchemes(page, name, width);
      }
    });
  });

  it('would be caught writing errors, breaking the content policy or asking another host', async () => {
    const elsewhere = test.url.replace('localhost', '127.0.0.1');
    const misbehave = `new Promise((resolve) => {
      console.error('something broke');
      addEventListener('securitypolicyviolation', resolve);
      document.body.append(Object.assign(new Image(), { src: '${elsewhere}/favicon.svg' }));
    }).then(() => 'done')`;
    const caught = visit({}, async (page) => {
      await page.goto('/');
      await page.evaluate(misbehave);
      await page.goto(`${elsewhere}/favicon.svg`);
    }).catch((error: Error) => error.message);
    expect(await caught).toMatch(
      /console: something broke[\s\S]*security policy: img-src[\s\S]*another host: \S+favicon/,
    );
  });
});

/** What is wider than the element that shows it: cut off, or to be scrolled sideways. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll('main *')]
    .filter((one) => getComputedStyle(one).overflowX !== 'visible' && one.clientWidth > 1)
    .filter((one) => one.scrollWidth > one.clientWidth + 1)
    .map((one) => one.className + ': ' + one.textContent)`);
}
