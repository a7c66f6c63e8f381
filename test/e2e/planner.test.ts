import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Experiment } from '../../server/contract/catalog.ts';
import type { ReSplitReport } from '../../server/contract/distribution-contract.ts';
import type { MetricHistory } from '../../server/contract/metric-history-contract.ts';
import { meanSampleSize, proportionSampleSize } from '../../stats/index.ts';
import { startTestServer, type TestServer } from '../integration/test-server.ts';
import { openBrowser, type TestBrowser, type VisitOptions } from './browser.ts';
import { expectBothSchemes } from './page-basics.ts';
import { numbersIn } from './page-numbers.ts';
import { past, seedPlanner, waiting } from './planner-experiments.ts';

let test: TestServer;
let browser: TestBrowser;

beforeAll(async () => {
  let ahead = 0;
  test = await startTestServer({}, () => new Date(Date.now() + ahead));
  [browser] = await Promise.all([
    openBrowser(test.url),
    seedPlanner(test, () => {
      ahead += 90_000;
    }),
  ]);
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
const answer = (page: Page) => page.getByRole('heading', { level: 2, name: /^[\d\s]+ units/ });
const unitsOn = async (page: Page) => Number(numbersIn(await answer(page).innerText())[0]);
const experiment = async (key: string) => (await test.api<Experiment>('GET', `/api/experiments/${key}`)).body;

describe('an experiment from its plan', () => {
  it('is created beside the plan, with its ramp, and started on its page', async () => {
    await visit({ refusals: ['POST /api/experiments 400'] }, async (page) => {
      await page.goto('/planner?metric=opened');
      await page.getByText(`From “${past.name}”`).waitFor();
      expect(await page.getByLabel('Rate of the control').inputValue()).toBe('20');
      const form = page.getByRole('form', { name: 'New experiment' });
      const create = form.getByRole('button', { name: 'Create the experiment' });

      // What is missing is said at its field, and the first of them has the focus.
      await create.click();
      await form.getByText('Enter a name.').waitFor();
      await form.getByText('Choose the slot that it runs on.').waitFor();
      await expect.poll(() => page.evaluate('document.activeElement.labels[0].textContent')).toBe('Name');

      await form.getByLabel('Name').fill('Bold titles');
      expect(await form.getByLabel('Key').inputValue()).toBe('bold-titles');
      await form.getByLabel('Slot').selectOption(past.slot);
      // The slot's real traffic: 2 200 units in a day.
      await expect.poll(() => page.getByLabel('New units per day').inputValue()).toBe('2200');
      await form.getByRole('checkbox', { name: /^short/ }).uncheck();
      await form.getByRole('checkbox', { name: /^bold/ }).check();
      await form.getByRole('checkbox', { name: 'Canary' }).check();
      await form.getByLabel('A call of the canary is slow from, ms').fill('250');
      expect(await form.getByRole('checkbox', { name: 'Interleaving' }).isDisabled()).toBe(true);
      await form.getByText('Only a slot that ranks can interleave.').waitFor();
      await form.getByRole('button', { name: 'Add a metric' }).click();
      await form.getByLabel('Metric 2', { exact: true }).selectOption({ label: 'Slowness' });
      await form.getByLabel('Role of metric 2').selectOption('guardrail');
      await form.getByLabel('Margin of metric 2, %').fill('5');

      // What the server refuses stands at its field too.
      await form.getByLabel('Key').fill('Bold Titles');
      await create.click();
      await form.getByText(/^Use 1-128 of a-z 0-9/).waitFor();
      await expectBothSchemes(page, 'planner-create', 1280);
      await form.getByLabel('Key').fill('bold-titles');

      const units = await unitsOn(page);
      await create.click();
      await heading(page, 'Bold titles', 1).waitFor();
      const made = await experiment('bold-titles');
      expect(made).toMatchObject({
        state: 'draft',
        slot: past.slot,
        metrics: [
          { metric: 'opened', role: 'primary', margin: null },
          { metric: 'slowness', role: 'guardrail', margin: { relative: 0.05 } },
        ],
        phases: [
          { mode: 'canary', canary: { steps: [{ share: 0.01 }, { share: 0.05 }, { share: 0.25 }] } },
          { mode: 'ab', plan: { design: 'fixed', units, minimumEffect: 0.05 } },
        ],
      });
      expect(made.phases[1]?.split.map(({ variant, weight }) => [variant, weight])).toEqual([
        ['bold', 0.5],
        ['long', 0.5],
      ]);

      await page.getByRole('button', { name: 'Start' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click();
      await page.getByRole('button', { name: 'Roll back' }).first().waitFor();
      expect((await experiment('bold-titles')).state).toBe('running');
    });
  });

  it('replaces the plan of a draft, and says before what will change', async () => {
    await visit({}, async (page) => {
      await page.goto(`/planner?design=group_sequential&looks=4&challengers=2`);
      await page.getByText('A draft', { exact: true }).click();
      await page.getByRole('combobox', { name: 'Draft' }).selectOption(waiting.key);
      await page.getByText('The plan is for 2 beside the control, this draft has 1.').waitFor();
      await page.getByRole('button', { name: 'Plan with 1' }).click();
      await page.getByText(`${waiting.units} mature units`, { exact: true }).waitFor();
      await page.getByText('What the planner does not ask').waitFor();
      const units = await unitsOn(page);
      await expectBothSchemes(page, 'planner-draft', 1280);
      await page.getByRole('button', { name: 'Save the plan' }).click();
      await heading(page, waiting.name, 1).waitFor();
      const { state, phases } = await experiment(waiting.key);
      expect(state).toBe('draft');
      expect(phases[0]?.plan).toMatchObject({ design: 'group_sequential', looks: 4, units, minimumEffect: 0.05 });
      // What the planner does not ask has stayed.
      expect(phases[0]?.plan.latenessSeconds).toBe(0);
    });
  });
});

describe('the catalogue', () => {
  it('is searched, leads to a metric with its history and uses, and simulates A/A on it', async () => {
    await visit({}, async (page) => {
      await page.goto('/catalogue');
      await heading(page, 'Metrics', 1).waitFor();
      await page.getByRole('searchbox', { name: 'Search metrics' }).fill('nothing like it');
      await page.getByText('No metric has “nothing like it”').waitFor();
      await page.getByRole('searchbox', { name: 'Search metrics' }).fill('euro');
      await page.getByText('1 of 6 metrics').waitFor();
      await expectBothSchemes(page, 'metrics', 1280);
      await page.getByRole('link', { name: 'Spend per reader' }).click();

      await heading(page, 'Spend per reader', 1).waitFor();
      await page.getByText('Mean per unit of “spend” within 1 hour of first exposure; higher is better.').waitFor();
      await page.getByRole('link', { name: 'Never measured' }).waitFor();
      await heading(page, new RegExp(`^Spend per reader was .* in “${past.name}”$`)).waitFor();
      const use = page.getByRole('row').filter({ has: page.getByRole('link', { name: past.name }) });
      expect(await use.innerText()).toMatch(/secondary[\s\S]*Concluded[\s\S]*slot titles, phase 1 \(A\/B test\)/);
      expect(JSON.parse(await page.locator('pre').innerText())).toEqual({
        key: 'spend',
        name: 'Spend per reader',
        kind: 'mean',
        outcome: 'spend',
        aggregate: 'sum',
        windowSeconds: 3600,
        direction: 'increase',
        description: 'In euro, after returns.',
      });

      await page.getByRole('button', { name: 'Simulate A/A' }).click();
      const found = page.getByRole('status').getByRole('heading', { level: 3 });
      const { sentence } = (await test.api<ReSplitReport>('GET', `/api/experiments/${past.key}/a-a?metric=spend`)).body;
      expect(await found.innerText()).toBe(sentence);
      expect(sentence).toMatch(/^The test found two halves of the control different in [\d.]+ % of 1,000 re-splits/);
      await page.getByRole('button', { name: 'Again, with other halves' }).click();
      await expect.poll(() => found.innerText()).not.toBe(sentence);
      await expectBothSchemes(page, 'metric', 1280);
    });
  });

  it('tells what a metric cannot have: no history, no plan, no halves', async () => {
    await visit({ width: 390 }, async (page) => {
      await page.goto('/catalogue/slowness');
      await heading(page, 'No history yet').waitFor();
      await page.getByText('No formula knows the size of an experiment on a metric of this kind.').waitFor();
      expect(await page.getByRole('button', { name: 'Simulate A/A' }).isDisabled()).toBe(true);
      await page.getByText('It is made of single values').waitFor();
      await page.goto('/catalogue/unused');
      await page.getByText('No A/B or canary phase has measured it yet, so there is nothing to split.').waitFor();
      await page.getByText('No experiment measures it yet.').waitFor();
      // One that has just been started has nobody to split.
      await test.api('POST', `/api/experiments/${waiting.key}/start`);
      await page.goto(`/catalogue/${waiting.key}-clicked`);
      await page.getByRole('button', { name: 'Simulate A/A' }).click();
      await page.getByText(/^Too little data\. /).waitFor();
      await page.goto('/catalogue/none');
      await heading(page, 'There is no such metric', 1).waitFor();
      await page.goto('/catalogue/opened');
      await page.getByLabel('History of').selectOption(`${past.key}/0`);
      await page.getByRole('button', { name: 'Simulate A/A' }).click();
      await page.getByRole('status').getByRole('heading', { level: 3 }).waitFor();
      await expectBothSchemes(page, 'metric', 390);
    });
  });

  it('takes a new metric, and says at its field what is wrong with it', async () => {
    await visit({ refusals: ['POST /api/metrics 409'] }, async (page) => {
      await page.goto('/catalogue');
      await page.getByRole('link', { name: 'Define a metric' }).click();
      await page.getByRole('button', { name: 'Define it' }).click();
      await page.getByText('Enter the name of the outcome events that it is computed from.').waitFor();
      await page.getByLabel('Name').fill('Came back');
      await page.getByLabel('Kind').selectOption('retention');
      await page.getByLabel('Outcome').fill('visit');
      await page.getByText('between 1 day and 7 days after first exposure; higher is better.').waitFor();
      await page.getByLabel('Key').fill('spend');
      await page.getByRole('button', { name: 'Define it' }).click();
      await page.getByText('There is already a metric "spend"').waitFor();
      await expectBothSchemes(page, 'new-metric', 1280);
      await page.getByLabel('Key').fill('came-back');
      await page.getByRole('button', { name: 'Define it' }).click();
      await heading(page, 'Came back', 1).waitFor();
      await page.getByText('Share of units that came back, with “visit” between 1 day and 7 days').waitFor();
    });
  });
});

describe('the planner', () => {
  it('computes the units of stats while the fields are typed, and says at the field what cannot be used', async () => {
    await visit({}, async (page) => {
      await page.goto('/planner');
      await page.getByLabel('Rate of the control').fill('5');
      await page.getByRole('textbox', { name: 'Smallest effect worth finding' }).fill('10');
      const perArm = Math.ceil(proportionSampleSize(0.05, 0.055).perArm);
      await expect.poll(() => unitsOn(page), { timeout: 10_000 }).toBe(2 * perArm);
      await page.getByLabel('New units per day').fill('5000');
      await answer(page)
        .getByText(`about ${Math.ceil((2 * perArm) / 5000)} days`)
        .waitFor();
      await expect.poll(() => page.url(), { timeout: 10_000 }).toContain('perDay=5000');
      await page.reload();
      await expect.poll(() => unitsOn(page), { timeout: 10_000 }).toBe(2 * perArm);

      await page.getByLabel('Power').fill('120');
      await page.getByText('Enter a percentage from 10 to below 100.').waitFor();
      await heading(page, 'No plan yet').waitFor();
      expect(await page.getByLabel('Power').getAttribute('aria-invalid')).toBe('true');
      await page.getByLabel('Power').fill('90');
      await answer(page).waitFor();
    });
  });

  it('starts from the history of a metric', async () => {
    const { body: history } = await test.api<MetricHistory>('GET', '/api/metrics/spend/history');
    const [latest] = history.phases;
    if (!latest) throw new Error('the metric was measured');
    await visit({}, async (page) => {
      await page.goto('/planner');
      await page.getByLabel('Take numbers from').selectOption({ label: 'Spend per reader' });
      await page.getByText(`From “${past.name}”`).waitFor();
      const mean = Number(await page.getByLabel('Mean of the control').inputValue());
      const deviation = Number(await page.getByLabel('Standard deviation of a unit').inputValue());
      expect(mean).toBeCloseTo(latest.value, 2);
      expect(deviation).toBeCloseTo(latest.standardDeviation, 2);
      const { perArm } = meanSampleSize(mean * 0.05, { standardDeviation: deviation });
      await expect.poll(() => unitsOn(page), { timeout: 10_000 }).toBe(2 * Math.ceil(perArm));
    });
  });

  it.each([1280, 390])('fits %d pixels, in light colours and in dark ones', async (width) => {
    await visit({ width }, async (page) => {
      await page.goto('/planner?design=group_sequential&correlation=0.5&controlShare=40&perDay=10000&available=9000');
      await page.getByRole('img', { name: /^Chance to find it/ }).waitFor();
      // Every effect can be read by keys, in units and in days.
      const reader = page.getByRole('slider', { name: 'Read both at another effect' });
      await reader.focus();
      await page.keyboard.press('End');
      await page.getByText(/^An effect of 10/).waitFor();
      await page.getByText(/^Because of adjustment for the time before, × 0\.75/).waitFor();
      await expectBothSchemes(page, 'planner', width);
      await page.goto('/planner?plan=interleaving');
      await page.getByText(/impressions by interleaving/).waitFor();
      await expectBothSchemes(page, 'interleaving', width);
    });
  });
});
