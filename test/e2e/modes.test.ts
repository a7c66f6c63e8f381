import { connect } from '@assay-ml/sdk';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../server/contract/report-contract.ts';
import { startTestServer, type TestServer, until } from '../integration/test-server.ts';
import { openBrowser, type TestBrowser, type VisitOptions } from './browser.ts';
import { cellsByVariant, comparedDecisions, failedUnits, preferences, unitsByStep } from './mode-counts.ts';
import { modeKeys, startModes, visitModes } from './mode-experiments.ts';
import { expectBothSchemes } from './page-basics.ts';
import { numbersIn } from './page-numbers.ts';

const UNITS = 300;
let test: TestServer;
let browser: TestBrowser;

beforeAll(async () => {
  test = await startTestServer();
  browser = await openBrowser(test.url);
  await startModes(test);
  // The second half comes when the first step of the ramp is over.
  await visitModes(test, 0, UNITS / 2);
  await until(async () => (await stepNow()) === 2);
  await visitModes(test, UNITS / 2, UNITS / 2);
  await allCounted();
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
const reportOf = async (key: string) => (await test.api<Report>('GET', `/api/experiments/${key}/report`)).body;
const heading = (page: Page, name: string | RegExp, level = 2) => page.getByRole('heading', { level, name });
const stepNow = async () => (await reportOf(modeKeys.canary)).phase?.step;

/** Windows have closed, and every result that is computed by a job holds all units. */
function allCounted(): Promise<unknown> {
  return until(async () => {
    const [shadow, bandit, interleave] = await Promise.all(
      [modeKeys.shadow, modeKeys.bandit, modeKeys.interleave].map(async (key) => (await reportOf(key)).delivery),
    );
    return (
      shadow?.mode === 'shadow' &&
      shadow.labels.open === 0 &&
      shadow.comparisons === UNITS &&
      bandit?.mode === 'bandit' &&
      bandit.posterior.arms.reduce((sum, { closedCells }) => sum + closedCells, 0) === UNITS &&
      interleave?.mode === 'interleave' &&
      interleave.metrics[0]?.units.complete === UNITS
    );
  }, 90_000);
}

async function open(page: Page, key: string, title: string): Promise<void> {
  await page.goto(`/experiments/${key}`);
  await heading(page, title, 1).waitFor();
}

/** The cells of a row, by its name in a named table. */
async function cellsOf(page: Page, table: string, row: string | RegExp): Promise<string[]> {
  const found = page.getByRole('table', { name: table, exact: true }).getByRole('row');
  const named = found.filter({ has: page.getByRole('rowheader', { name: row, exact: true }) });
  await named.waitFor();
  return (await named.getByRole('cell').allInnerTexts()).map((text) => text.trim());
}

/** What stands under a name in a list of facts. */
const factOf = (page: Page, name: string) =>
  page
    .locator('dl > div')
    .filter({ has: page.getByText(name, { exact: true }) })
    .locator('dd')
    .innerText();

const whole = (text: string | undefined) => numbersIn(text).map(Number);

async function confirm(page: Page, button: string, title: string | RegExp, reason?: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
  const dialog = page.getByRole('dialog', { name: title });
  if (reason) await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: button, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

// First, while nothing has been moved by hand.
describe('the pages of the modes', () => {
  const pages = [
    [modeKeys.shadow, 'Fraud model 2', /^Decisions with the champion’s answer/],
    [modeKeys.canary, 'Faster search', null],
    [modeKeys.broken, 'New prices', null],
    [modeKeys.bandit, 'Banner of the day', /^Share of units, %/],
    [modeKeys.interleave, 'Feed ranker', /^Impressions won by new, net/],
  ] as const;

  it.each([1280, 390])('fit %d pixels, in light colours and in dark ones', async (width) => {
    await visit(
      async (page) => {
        for (const [key, title, picture] of pages) {
          await open(page, key, title);
          if (picture) await page.getByRole('img', { name: picture }).first().waitFor();
          await heading(page, 'History').waitFor();
          await expectBothSchemes(page, `mode-${key}`, width);
        }
      },
      { width },
    );
  });
});

describe('a shadow phase', () => {
  it('shows what a direct count finds, and hands over with a click', async () => {
    const counted = await comparedDecisions(test);
    await visit(async (page) => {
      await open(page, modeKeys.shadow, 'Fraud model 2');
      await heading(page, 'Agreement with the champion').waitFor();
      expect(whole(await factOf(page, 'Compared'))).toEqual([counted.decisions, counted.units]);
      expect(whole(await factOf(page, 'Champion called twice'))).toEqual([counted.twice]);
      const picture = page.getByRole('row', { name: /^Candidate .*%/ }).first();
      const [shown = Number.NaN] = whole(await picture.getByRole('cell').last().innerText());
      expect(Math.abs(shown - 100 * counted.agreeing)).toBeLessThanOrEqual(0.5);
      expect(counted).toMatchObject({ decisions: UNITS, units: UNITS });

      await confirm(page, 'Next phase', 'Go on to the next phase?', 'good enough to try');
      await heading(page, '2. Canary', 3).waitFor();
      await page.getByText('10\u202f% of units get “new”').waitFor();
      await page.getByText('ended phase 1 and started phase 2').waitFor();
      await page.getByText('good enough to try').first().waitFor();
    });
  });

  it('keeps its report, which a link shows beside the running phase', async () => {
    await visit(async (page) => {
      await open(page, modeKeys.shadow, 'Fraud model 2');
      await page.getByRole('link', { name: 'Report of phase 1' }).click();
      await heading(page, 'Agreement with the champion').waitFor();
      expect(page.url()).toContain('?phase=0');
      expect(whole(await factOf(page, 'Compared'))).toEqual([UNITS, UNITS]);
      await page.getByText('This is phase 1 (Shadow), which has ended.').waitFor();
      await page.getByRole('link', { name: /^Phase 2 \(Canary\) runs now/ }).click();
      await page.getByText('10\u202f% of units get “new”').waitFor();
    });
  });
});

// They move one ramp, so they go one after the other.
describe('a canary', () => {
  it('counts units by step as the raw events do, and says why it waits', async () => {
    const steps = await unitsByStep(test, modeKeys.canary);
    expect(steps.map(({ step }) => step)).toEqual([1, 2]);
    const { verdict } = await reportOf(modeKeys.canary);
    expect(verdict.sentence).toMatch(/^Step 2 of 3 holds: \d+ of 5\D000 samples/);
    await visit(async (page) => {
      await open(page, modeKeys.canary, 'Faster search');
      await page
        .getByText(/^Step 2 of 3 holds: /)
        .first()
        .waitFor();
      for (const { step, candidate, control } of steps) {
        const [shown, , beside] = await cellsOf(page, 'Units by step', String(step));
        expect([whole(shown)[0], whole(beside)[0]]).toEqual([candidate, control]);
      }
      const ramp = page.getByRole('list', { name: 'Steps of the ramp' }).getByRole('listitem');
      expect(await ramp.allInnerTexts()).toEqual([
        'Step 1: 20\u202f%, taken',
        'Step 2: 50\u202f%, here now',
        'Step 3: 80\u202f%, to come',
      ]);
    });
  });

  it('is held with a reason, released, and taken on by a person', async () => {
    await visit(async (page) => {
      await open(page, modeKeys.canary, 'Faster search');
      await page.getByRole('button', { name: 'Hold', exact: true }).click();
      const dialog = page.getByRole('dialog', { name: 'Hold this ramp?' });
      expect(await dialog.getByRole('button', { name: 'Hold', exact: true }).isDisabled()).toBe(true);
      await dialog.getByLabel('Reason').fill('the team is away');
      await dialog.getByRole('button', { name: 'Hold', exact: true }).click();
      await page
        .getByText(/Step 2 of 3 holds: .*the team is away/)
        .first()
        .waitFor();
      const step = page.getByRole('button', { name: 'Take next step' });
      expect(await step.isDisabled()).toBe(true);
      await page.getByText(/holds it \(the team is away\); release it first\.$/).waitFor();
      await confirm(page, 'Release', 'Release this ramp?');
      await confirm(page, 'Take next step', 'Take the next step now?', 'all is calm');
      await page.getByText('80\u202f% of units get “new”').waitFor();
      expect(await stepNow()).toBe(3);
      await page.getByText('took step 3, 80\u202f%').waitFor();
      await page.getByText('held the ramp at step 2').waitFor();
    });
  });

  it('is rolled back by a person, after which everyone gets the champion', async () => {
    const assay = await connect({ url: test.url, key: test.sdkKey });
    try {
      await visit(async (page) => {
        await open(page, modeKeys.canary, 'Faster search');
        await confirm(page, 'Roll back', 'Roll back this phase?', 'support reports trouble');
        await heading(page, 'Rolled back: everyone gets “old”').waitFor();
        await page.getByText('support reports trouble').first().waitFor();
        expect(await page.getByRole('button', { name: 'Resume' }).isDisabled()).toBe(true);
      });
      await until(async () => assay.decide(modeKeys.canary, { unit: 'anyone' }).reason === 'champion');
    } finally {
      await assay.close();
    }
  });

  it('that failed says so at the top, with the failing units of a direct count', async () => {
    const failed = await failedUnits(test, modeKeys.broken);
    const { experiment, phase } = await reportOf(modeKeys.broken);
    expect([experiment.state, phase?.endedAs]).toEqual(['paused', 'rolled_back']);
    expect(failed.new).toBeGreaterThan(5);
    await visit(async (page) => {
      await open(page, modeKeys.broken, 'New prices');
      await heading(page, 'Verdict: do not ship').waitFor();
      await page
        .getByText(/^Rolled back at step \d of 2\. Errors: /)
        .first()
        .waitFor();
      await page.getByText(`${failed.new} with “new”`).waitFor();
      await page.getByText(/^Harm: shown/).waitFor();
      await page.getByText(/rolled back phase 1, at step \d$/).waitFor();
    });
  });
});

describe('a bandit', () => {
  it('shows the closed cells of a direct count, and values a split on request', async () => {
    const cells = await cellsByVariant(test);
    await visit(async (page) => {
      await open(page, modeKeys.bandit, 'Banner of the day');
      for (const [variant, row] of [
        ['new', 'new'],
        ['old', 'old control'],
      ] as const) {
        const [, , closed] = await cellsOf(page, 'Variants', row);
        expect(whole(closed)).toEqual([cells[variant]]);
      }
      const form = page.getByRole('form', { name: 'Any other split' });
      await form.getByLabel('new, %').fill('70');
      await form.getByRole('button', { name: 'Estimate' }).click();
      await form.getByText('The shares sum to 120\u202f%, not 100\u202f%.').waitFor();
      await form.getByLabel('old, %').fill('30');
      await form.getByRole('button', { name: 'Estimate' }).click();
      const { body } = await test.api<{ sentence: string }>(
        'GET',
        `/api/experiments/${modeKeys.bandit}/off-policy?phase=0&split=new:0.7,old:0.3`,
      );
      await form.getByText(body.sentence).waitFor();
    });
  });

  it('stops at the kill switch, and says since when', async () => {
    await visit(async (page) => {
      await open(page, modeKeys.bandit, 'Banner of the day');
      await page.getByRole('button', { name: 'Kill switch' }).click();
      const dialog = page.getByRole('dialog', { name: `Stop everything on “${modeKeys.bandit}”?` });
      await dialog.getByRole('button', { name: 'Stop everything' }).click();
      await page.getByRole('button', { name: 'Resume' }).waitFor();
      expect((await reportOf(modeKeys.bandit)).experiment.state).toBe('paused');
      await page.getByText(/^Paused since .*: everyone gets the champion\.$/).waitFor();
      await page.getByText(`paused everything on the slot “${modeKeys.bandit}”`).waitFor();
    });
  });
});

describe('an interleaving', () => {
  it('counts impressions and preferring units as plain loops over raw events do', async () => {
    const counted = await preferences(test);
    await visit(async (page) => {
      await open(page, modeKeys.interleave, 'Feed ranker');
      await heading(page, 'Preference by “Clicked” (primary)').waitFor();
      expect(whole(await factOf(page, 'Impressions'))).toEqual([counted.impressions]);
      expect(whole(await factOf(page, 'Units for new'))).toEqual([counted.wins, counted.ties, counted.losses]);
      expect(counted.impressions).toBe(UNITS);
    });
  });
});
