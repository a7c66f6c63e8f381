import { connect } from '@assay-ml/sdk';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CanaryPlan, DryRun } from '../../server/contract/canary-plan-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { fromRoot } from '../../server/repository-root.ts';
import { startTestServer, type TestServer, until } from '../integration/test-server.ts';
import { openBrowser, type TestBrowser } from './browser.ts';
import {
  allCounted,
  cellsByVariant,
  comparedDecisions,
  exampleLists,
  failedUnits,
  preferences,
  scoredDecisions,
  stepsCounted,
} from './mode-counts.ts';
import { modeKeys, startModes, visitModes } from './mode-experiments.ts';
import { cellsOf, chartRows, confirm, expectLooks, factOf, heading, open, whole } from './mode-pages.ts';

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
});
afterAll(async () => {
  try {
    await browser?.close();
  } finally {
    await test?.stop();
  }
});

const visit = (story: (page: Page) => Promise<void>) => browser.visit({ key: test.adminKey }, story);
const reportOf = async (key: string) => (await test.api<Report>('GET', `/api/experiments/${key}/report`)).body;
const stepNow = async () => (await reportOf(modeKeys.canary)).phase?.step;
const picture = (name: string) => ({ path: fromRoot('test-artifacts', `mode-${name}.png`) });

// First, while windows of the others close. These move one ramp, so they go one after the other.
describe('a canary', () => {
  it('counts units by step as the raw events do, and says why it waits', async () => {
    const steps = await stepsCounted(test);
    expect((await reportOf(modeKeys.canary)).verdict.sentence).toMatch(/^Step 2 of 3 holds: \d+ of 5\D000 samples/);
    await visit(async (page) => {
      await open(page, modeKeys.canary, 'Faster search');
      await page
        .getByText(/^Step 2 of 3 holds: /)
        .first()
        .waitFor();
      expect(steps.map(({ step }) => step)).toEqual([1, 2]);
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
      const time = await chartRows(page, /^Step 2 of 3 since .*: 50.% of units$/);
      expect(time.map((cells) => cells.slice(2))).toEqual([
        ['step 1, 20\u202f%', '20'],
        ['step 2, 50\u202f%', '50'],
        ['expected: step 2', '50'],
      ]);
      await page
        .getByText(/^Next check about .*: if everything below is reached .*, step 3 starts by itself\.$/)
        .waitFor();
      await expectLooks(page, modeKeys.canary);
    });
  });

  it('tells what another ramp would need, and what it would have done', async () => {
    await visit(async (page) => {
      await open(page, modeKeys.canary, 'Faster search');
      await page.getByRole('button', { name: 'Try another ramp' }).click();
      const form = page.getByRole('form', { name: 'Another ramp' });
      await form.getByLabel('Step 1: Share, %').fill('60');
      await form.getByRole('button', { name: 'Check the plan' }).click();
      await form.getByText('Step 2 must have a larger share than step 1.').waitFor();
      await form.getByLabel('Step 1: Share, %').fill('30');
      await form.getByLabel('Step 1: At least, requests').fill('40');
      const answered = page.waitForResponse(/\/api\/canary\/plan$/);
      await form.getByRole('button', { name: 'Check the plan' }).click();
      const plan = (await (await answered).json()) as CanaryPlan;
      expect(plan.steps[0]).toMatchObject({ share: 0.3, minimumRequests: 40 });
      await form.getByText(plan.sentence).waitFor();
      expect((await cellsOf(page, 'What this ramp would need', '1: 30\u202f%'))[1]).toBe('40');

      const replayed = page.waitForResponse(/\/api\/canary\/dry-run$/);
      await form.getByRole('button', { name: 'Replay on this phase' }).click();
      const run = (await (await replayed).json()) as DryRun;
      await form.getByText(run.sentence).waitFor();
      const told = page.getByRole('region', { name: 'What it would have done' }).getByRole('listitem');
      expect(await told.count()).toBe(run.actions.length);
      await form.getByText(run.notes[0] ?? 'no note').scrollIntoViewIfNeeded();
      await page.screenshot(picture('ramp-trial'));
      await page.keyboard.press('Escape');
      await form.waitFor({ state: 'detached' });
    });
  });

  it('is held with a reason, released, taken on by a person, and rolled back: everyone gets the champion', async () => {
    const assay = await connect({ url: test.url, key: test.sdkKey });
    try {
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

        await confirm(page, 'Roll back', 'Roll back this phase?', 'support reports trouble');
        await heading(page, 'Rolled back: everyone gets “old”').waitFor();
        await page.getByText('support reports trouble').first().waitFor();
        expect(await page.getByRole('button', { name: 'Resume' }).isDisabled()).toBe(true);
        const time = await chartRows(page, /^The ramp went to 80.%, and was rolled back on /);
        expect(time.map((cells) => cells[2])).toContain('held: the team is away');
        expect(time.findLast((cells) => cells[3] !== '–')?.[2]).toBe('everyone gets the champion');
        await page.screenshot({ ...picture('rolled-back'), fullPage: true });
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
      const bars = await chartRows(page, /^Errors: (about .* times the control’s rate|only units of the candidate)/);
      expect(whole(bars[0]?.[2])[0]).toBeGreaterThan(1);
      await expectLooks(page, modeKeys.broken);
    });
  });
});

describe('once all windows have closed', () => {
  beforeAll(() => allCounted(test, UNITS));

  it('a shadow phase shows what a direct count finds: agreement, scores and drift', async () => {
    const counted = await comparedDecisions(test);
    const scored = await scoredDecisions(test);
    await visit(async (page) => {
      await open(page, modeKeys.shadow, 'Fraud model 2');
      await heading(page, 'Agreement with the champion').waitFor();
      expect(whole(await factOf(page, 'Compared'))).toEqual([counted.decisions, counted.units]);
      expect(whole(await factOf(page, 'Champion called twice'))).toEqual([counted.twice]);
      const shown = (await chartRows(page, /^Same answer as the champion: /))[0]?.[1];
      expect(Math.abs((whole(shown)[0] ?? Number.NaN) - 100 * counted.agreeing)).toBeLessThanOrEqual(0.5);
      expect(counted).toMatchObject({ decisions: UNITS, units: UNITS });

      const pairs = await chartRows(page, /^The candidate scores higher in .*% of these decisions$/);
      expect(pairs).toHaveLength(Math.min(200, scored.length));
      const bins = await chartRows(page, /^In .*% of decisions both scores differ by less than /);
      expect(bins.reduce((sum, cells) => sum + (whole(cells[2])[0] ?? 0), 0)).toBe(scored.length);
      await page.getByRole('figure', { name: /^Agreement was .* in the first half of the time/ }).waitFor();
      await page.getByRole('radiogroup', { name: 'What is drawn over time' }).getByText('Latency').click();
      await page.getByRole('img', { name: /^Mean time of a call, ms, over time/ }).waitFor();
      await expectLooks(page, modeKeys.shadow);
    });
  });

  it('the ramp after it is checked and saved before it starts, and the hand-over keeps the report', async () => {
    await visit(async (page) => {
      await open(page, modeKeys.shadow, 'Fraud model 2');
      await page.getByRole('button', { name: 'Check the ramp of phase 2' }).click();
      const form = page.getByRole('form', { name: 'Another ramp' });
      expect(await form.getByRole('button', { name: 'Replay on this phase' }).isDisabled()).toBe(true);
      await form.getByText('This phase has not run: there is nothing to replay.').waitFor();
      const save = form.getByRole('button', { name: 'Save into phase 2' });
      expect(await save.isDisabled()).toBe(true);
      await form.getByLabel('Step 1: Share, %').fill('15');
      await form.getByRole('button', { name: 'Check the plan' }).click();
      await page.getByRole('table', { name: 'What this ramp would need' }).waitFor();
      await page.setViewportSize({ width: 390, height: 900 });
      await page.screenshot(picture('ramp-check-390'));
      await page.setViewportSize({ width: 1280, height: 900 });
      await save.click();
      await form.waitFor({ state: 'detached' });
      await page.getByText('new, in steps of 15\u202f%, 30\u202f%').waitFor();

      await confirm(page, 'Next phase', 'Go on to the next phase?', 'good enough to try');
      await heading(page, '2. Canary', 3).waitFor();
      await page.getByText('15\u202f% of units get “new”').waitFor();
      await page.getByText('ended phase 1 and started phase 2').waitFor();
      await page.getByRole('list', { name: 'Steps of the plan' }).getByText('good enough to try').waitFor();
      await page.getByRole('link', { name: 'Report of phase 1' }).click();
      await heading(page, 'Agreement with the champion').waitFor();
      expect(page.url()).toContain('?phase=0');
      expect(whole(await factOf(page, 'Compared'))).toEqual([UNITS, UNITS]);
      await page.getByText('This is phase 1 (Shadow), which has ended.').waitFor();
      await page.getByRole('link', { name: /^Phase 2 \(Canary\) runs now/ }).click();
      await page.getByText('15\u202f% of units get “new”').waitFor();
    });
  });

  it('a bandit shows the closed cells of a direct count, values a split, and stops at the kill switch', async () => {
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
      await page.getByText(`Reward is final: ${UNITS} (100\u202f%)`).waitFor();
      await page.getByRole('img', { name: /^Posterior density of each variant: Paid/ }).waitFor();
      await expectLooks(page, modeKeys.bandit);

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

      await page.getByRole('button', { name: 'Kill switch' }).click();
      const dialog = page.getByRole('dialog', { name: `Stop everything on “${modeKeys.bandit}”?` });
      await dialog.getByRole('button', { name: 'Stop everything' }).click();
      await page.getByRole('button', { name: 'Resume' }).waitFor();
      expect((await reportOf(modeKeys.bandit)).experiment.state).toBe('paused');
      await page.getByText(/^Paused since .*: everyone gets the champion\.$/).waitFor();
      await page.getByText(`paused everything on the slot “${modeKeys.bandit}”`).waitFor();
    });
  });

  it('an interleaving counts impressions and preferring units as plain loops over raw events do', async () => {
    const counted = await preferences(test);
    const lists = await exampleLists(test);
    await visit(async (page) => {
      await open(page, modeKeys.interleave, 'Feed ranker');
      await heading(page, 'Preference by “Clicked” (primary)').waitFor();
      expect(whole(await factOf(page, 'Impressions'))).toEqual([counted.impressions]);
      expect(whole(await factOf(page, 'Units for new'))).toEqual([counted.wins, counted.ties, counted.losses]);
      expect(counted.impressions).toBe(UNITS);
      const tally = await chartRows(page, /^\d.*% of units prefer new, .*% prefer old$/);
      expect(tally[0]?.slice(1).map(Number)).toEqual([counted.wins, counted.ties, counted.losses]);
      expect(await chartRows(page, /^By depth: /)).toHaveLength(2 * 4);
      const shown = page.getByRole('region', { name: 'Example lists' }).locator('ol');
      expect(await shown.count()).toBe(8);
      for (const list of await shown.all())
        expect(lists).toContain((await list.innerText()).replace(/\s+/g, ' ').trim());
      await expectLooks(page, modeKeys.interleave);
    });
  });
});
