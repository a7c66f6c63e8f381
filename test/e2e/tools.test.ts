import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainDecision, type Ruleset } from '../../sdk/index.ts';
import { fromRoot } from '../../server/repository-root.ts';
import { caller, startTestServer, type TestServer } from '../integration/test-server.ts';
import { openBrowser, type TestBrowser, type VisitOptions } from './browser.ts';
import { contrastOnly, everyRule, expectBasics } from './page-basics.ts';
import { explained, rolledBack, startTools } from './tools-experiments.ts';

/** Two cores may be busy with other files. */
const patient = { timeout: 15_000 };
const pictures = fromRoot('test-artifacts');
let test: TestServer;
let browser: TestBrowser;

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  test = await startTestServer();
  browser = await openBrowser(test.url);
  await startTools(test);
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
const heading = (page: Page, name: string | RegExp, level = 1) => page.getByRole('heading', { level, name });
const pathOf = (page: Page) => page.url().slice(test.url.length);
const focused = (page: Page) => page.evaluate<string>('document.activeElement.innerText || document.activeElement.id');

async function takePictures(page: Page, name: string, width: number): Promise<void> {
  for (const colours of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: colours });
    await page.evaluate('document.activeElement.blur()');
    // Colours of a switch fade into each other.
    await page.locator(`html[data-mantine-color-scheme="${colours}"]`).waitFor();
    await page.evaluate('Promise.all(document.getAnimations().map((each) => each.finished))');
    await expectBasics(page, `${name} in ${colours} colours`, width, colours === 'light' ? everyRule : contrastOnly);
    await page.screenshot({ path: `${pictures}/${name}-${width}-${colours}.png`, fullPage: true });
  }
}

describe('the navigation', () => {
  it('marks the page one is on, and leads the focus to the heading of the next one', async () => {
    await visit({}, async (page) => {
      await page.goto('/');
      await heading(page, 'Home').waitFor();
      const links = page.getByRole('navigation', { name: 'Main' });
      const current = links.locator('[aria-current="page"]');
      expect(await current.innerText()).toBe('Home');
      await links.getByRole('link', { name: 'Planner' }).focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => focused(page), patient).toBe('How large must it be?');
      expect(await current.innerText()).toBe('Planner');
      expect(await page.title()).toBe('Planner · Assay');
      await page.goto('/');
      await page.getByRole('link', { name: 'Assay: home' }).waitFor();
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('content');
    });
  });

  it('folds into a menu on a narrow page, which the keyboard opens and a choice closes', async () => {
    await visit({ width: 390 }, async (page) => {
      await page.goto('/');
      await heading(page, 'Home').waitFor();
      const menu = page.getByRole('button', { name: 'Menu' });
      const planner = page.getByRole('link', { name: 'Planner' });
      expect(await planner.isVisible()).toBe(false);
      await menu.focus();
      await page.keyboard.press('Enter');
      await planner.waitFor();
      await expectBasics(page, 'the menu', 390);
      await page.screenshot({ path: `${pictures}/menu-390-light.png` });
      await page.keyboard.press('Tab');
      await page.keyboard.press('Escape');
      await planner.waitFor({ state: 'hidden' });
      expect(await focused(page)).toBe('Menu');
      await page.keyboard.press('Enter');
      await planner.focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => focused(page), patient).toBe('How large must it be?');
      expect(await planner.isVisible()).toBe(false);
      expect(await menu.getAttribute('aria-expanded')).toBe('false');
    });
  });
});

describe('the palette', () => {
  it('leads to an experiment by the keyboard alone, and gives the focus back', async () => {
    await visit({}, async (page) => {
      await page.goto('/planner');
      await heading(page, 'How large must it be?').waitFor();
      const rate = page.getByLabel('Rate of the control');
      await rate.focus();
      await page.keyboard.press('Control+k');
      const field = page.getByRole('combobox', { name: /^Experiment, slot/ });
      await field.waitFor();
      await page.keyboard.press('Escape');
      await field.waitFor({ state: 'detached' });
      await expect.poll(() => rate.evaluate((one) => one === document.activeElement), patient).toBe(true);
      await page.keyboard.press('Control+k');
      await page.getByRole('option', { name: /^Ranker for everyone else/ }).waitFor();
      await page.keyboard.type('ranker els');
      const options = page.getByRole('listbox', { name: 'Found' }).getByRole('option');
      await expect.poll(() => options.count(), patient).toBe(1);
      await page.keyboard.press('Backspace');
      await page.keyboard.type('zzz');
      await page.getByText('Nothing is called “ranker elzzz”.').waitFor();
      await field.fill('ranker');
      await page.keyboard.press('ArrowDown');
      const chosen = options.and(page.locator('[aria-selected="true"]'));
      expect(await field.getAttribute('aria-activedescendant')).toBe(await chosen.getAttribute('id'));
      const name = await chosen.locator('span').first().innerText();
      await expectBasics(page, 'the palette', 1280);
      await page.screenshot({ path: `${pictures}/palette-1280-light.png` });
      await page.keyboard.press('Enter');
      await heading(page, name).waitFor();
      await expect.poll(() => focused(page), patient).toBe(name);
      expect(pathOf(page)).toMatch(/^\/experiments\/checkout-/);
      // What was visited stands first, and actions are done.
      await page.getByRole('button', { name: 'Search' }).click();
      expect(await options.first().innerText()).toMatch(new RegExp(`^${name}\\s+experiment, recent$`));
      await page.keyboard.type('colours dark');
      await page.keyboard.press('Enter');
      expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
      await page.keyboard.press('Control+k');
      await field.waitFor();
      await page.screenshot({ path: `${pictures}/palette-1280-dark.png` });
    });
  });
});

const { slot, first, second, attributes } = explained;
const rulesetOf = async () => (await test.api<Ruleset>('GET', '/v1/ruleset')).body;

const addressOf = (unit: string, more: Record<string, unknown> = attributes) =>
  `/explain?${new URLSearchParams({ slot, unit, attributes: JSON.stringify(more) })}`;
/** Some unit that the SDK decides so. */
const unitWith = (ruleset: Ruleset, fits: (answer: ReturnType<typeof explainDecision>) => boolean): string => {
  const units = Array.from({ length: 1000 }, (_, i) => `user-${i}`);
  const found = units.find((unit) => fits(explainDecision(ruleset, slot, { unit, attributes })));
  if (found === undefined) throw new Error('no unit is decided so');
  return found;
};

describe('explaining a unit', () => {
  it('is filled in by hand, and says what the SDK decides, with every rule and draw', async () => {
    const ruleset = await rulesetOf();
    const unit = unitWith(ruleset, ({ experiments }) => experiments[0]?.outcome === 'assigned');
    const expected = explainDecision(ruleset, slot, { unit, attributes });
    await visit({}, async (page) => {
      await page.goto('/explain');
      await page.getByText('Choose a slot, and say which unit it is about.').waitFor();
      await page.getByLabel('Slot').selectOption(slot);
      await page.getByText('Enter a unit: a user, a session or a request').waitFor();
      await page.getByLabel('Unit').fill(unit);
      await heading(page, 'The champion "old" answers: no experiment of the slot targets the unit.', 2)
        .or(heading(page, /lies outside|answers, by the split/, 2))
        .waitFor();
      // The rules of the first experiment ask for what is not given: one click each.
      await page.getByRole('button', { name: 'Add country' }).click();
      await page.keyboard.type(attributes.country);
      await page.getByRole('button', { name: 'Add plan' }).click();
      await page.keyboard.type(attributes.plan);
      await page.getByRole('button', { name: 'Add logins' }).click();
      await page.getByLabel('Type of logins').selectOption('number');
      await page.getByText('Enter a number; left out until then.').waitFor();
      await page.getByLabel('Value of logins').fill(String(attributes.logins));
      await heading(page, expected.sentence, 2).waitFor();
      await expect
        .poll(() => new URL(page.url()).searchParams.get('attributes'), patient)
        .toBe(JSON.stringify(attributes));

      const facts = page.getByRole('region', { name: expected.sentence });
      const { variant, propensity, ruleset: version } = expected.decision;
      expect(await facts.innerText()).toContain(`${propensity * 100}\u202f%`);
      expect(await facts.innerText()).toMatch(new RegExp(`Variant\\s+${variant}\\s[^]*version ${version}`));
      const card = page.getByRole('region', { name: first.name });
      expect(await card.getByText('Holds', { exact: true }).count()).toBe(4);
      await card.getByText('logins is at least 10: the unit has 12').waitFor();
      const [asked] = expected.experiments;
      if (!asked) throw new Error('the first experiment is asked');
      const { layer, split } = asked;
      await heading(
        page,
        `Its layer draw ${layer.draw.toFixed(4)} lies in the part of this experiment, 0 to 0.6; its split draw ` +
          `${split.draw.toFixed(4)} falls to “${variant}”`,
        3,
      ).waitFor();
      await page.getByText('1 more experiment was not asked: one before took the unit').click();
      await page.getByRole('region', { name: second.name }).waitFor();
      await page.reload();
      await heading(page, expected.sentence, 2).waitFor();
    });
  });

  it('says which rule failed, and why nothing can be explained', async () => {
    const ruleset = await rulesetOf();
    const unit = unitWith(ruleset, ({ experiments }) => experiments[0]?.outcome === 'assigned');
    await visit({}, async (page) => {
      await page.goto(addressOf(unit, { country: 'DE', plan: 'free' }));
      const card = page.getByRole('region', { name: first.name });
      await card.getByText('No rule holds: all must.').waitFor();
      await card.getByText('country is AT or CH: the unit has “DE”').waitFor();
      await card.getByText('logins is at least 10: the unit has none').waitFor();
      await page.getByText('JSON', { exact: true }).click();
      const json = page.getByLabel('Attributes as JSON');
      await json.fill('{"country": "AT", "plan"');
      await page.getByText('This is not JSON.').first().waitFor();
      await json.fill('{"country": "AT", "plan": "pro", "logins": 9}');
      await card.getByText('1 of 3 rules does not hold: all must.').waitFor();
      await page.goto('/explain?slot=nowhere&unit=x');
      await page.getByText('There is no slot “nowhere”. Choose one of the list.').waitFor();
      expect(await page.getByLabel('Slot').getAttribute('aria-invalid')).toBe('true');
    });
  });
});

describe('the audit', () => {
  const entries = (page: Page) => page.getByRole('table', { name: 'What was done' }).locator('> tbody > tr');

  it('shows a rollback with its reason, and what an edit changed; filters stand in the address', async () => {
    await visit({}, async (page) => {
      await page.goto('/audit');
      const newest = entries(page).first();
      await newest.getByText('Edited it').waitFor();
      await newest.getByText('What changed').click();
      expect(await newest.locator('del').innerText()).toBe(rolledBack.name);
      expect(await newest.locator('ins').innerText()).toBe(`${rolledBack.name} again`);
      await page.getByLabel('Done', { exact: true }).selectOption({ label: 'Rolled back' });
      await page.getByText('1 entry, that is all.').waitFor();
      expect(new URL(page.url()).searchParams.get('action')).toBe('experiment.roll-back');
      const entry = entries(page).first();
      expect(await entry.innerText()).toMatch(
        new RegExp(`ASSAY_ADMIN_KEY\\s+Rolled back phase 1\\s+${rolledBack.reason}\\s[^]*experiment ${rolledBack.key}`),
      );
      await page.reload();
      await page.getByText('1 entry, that is all.').waitFor();
      await page.getByLabel('By', { exact: true }).fill('nobody');
      await page.getByText('Nothing fits this filter.').waitFor();
      await page.getByRole('button', { name: 'Show everything' }).click();
      await page.getByText(/^\d\d entries, that is all\.$/).waitFor();
      await page.getByLabel('To', { exact: true }).fill('2020-01-01');
      await page.getByText('Nothing fits this filter.').waitFor();
      await page.goto(`/audit?kind=experiment&thing=${rolledBack.key}`);
      await page.getByText('4 entries, that is all.').waitFor();
      const coming = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Export CSV' }).click();
      const file = await (await coming).createReadStream();
      const lines = Buffer.concat(await file.toArray())
        .toString('utf8')
        .trimEnd()
        .split('\r\n');
      expect(lines).toHaveLength(5);
      expect(lines.filter((line) => line.includes(rolledBack.reason))).toHaveLength(1);
      await entries(page).first().getByRole('link', { name: rolledBack.key }).click();
      await heading(page, `${rolledBack.name} again`).waitFor();
      await page.goto(`/slots/${rolledBack.key}`);
      await page.getByRole('link', { name: 'Explain a unit' }).click();
      await heading(page, 'Why this variant?').waitFor();
      expect(await page.getByLabel('Slot').inputValue()).toBe(rolledBack.key);
    });
  });

  it('goes back page by page, until that is all', async () => {
    await test.server.services.pool.query(
      `insert into audit (environment_id, at, actor, action, subject)
       select environment_id, at - n * interval '1 day', 'Long ago', 'slot.pause', 'slot:filler'
       from audit, generate_series(1, 70) n where id = 1`,
    );
    await visit({}, async (page) => {
      await page.goto('/audit?who=long');
      await page.getByText('The latest 50 entries.').waitFor();
      await page.getByRole('button', { name: 'Show older ones' }).click();
      await page.getByText('70 entries, that is all.').waitFor();
      expect(await entries(page).count()).toBe(70);
    });
  });
});

describe('the settings', () => {
  it('make a key that works until it is revoked, and never show its secret again', async () => {
    await visit({}, async (page) => {
      await page.goto('/settings');
      const server = page.getByRole('region', { name: 'Server' });
      await server.getByText('Ready, takes events').waitFor();
      await server.getByText('90 days, longer where a phase needs them; reports stay').waitFor();
      await page.getByRole('button', { name: 'Make key' }).click();
      await page.getByText('Name it, so that you know later which one to revoke.').waitFor();
      await page.getByLabel('For').selectOption({ label: 'People and tools (admin key)' });
      await page.getByLabel('Name', { exact: true }).fill('Anna');
      await page.keyboard.press('Enter');
      await heading(page, 'Copy the admin key “Anna” now', 3).waitFor();
      expect(await focused(page)).toBe('Copy the admin key “Anna” now');
      const secret = await page.locator('code', { hasText: /^assay_admin_.{32}$/ }).innerText();
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.getByRole('button', { name: 'Copy the key' }).click();
      await page.getByText('Copied', { exact: true }).waitFor();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret);
      const anna = caller(test.url, secret);
      expect((await anna('GET', '/api/keys')).status).toBe(200);
      await page.getByRole('button', { name: 'I have kept it' }).click();
      await page.getByLabel('Name', { exact: true }).waitFor();
      expect(await page.content()).not.toContain(secret);

      await page.getByRole('button', { name: 'Revoke Anna' }).focus();
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog', { name: 'Revoke “Anna”?' });
      await dialog.getByText('This cannot be undone.').waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await expect.poll(() => focused(page), patient).toBe('Revoke');
      await page.keyboard.press('Enter');
      await dialog.getByRole('button', { name: 'Revoke key' }).click();
      await dialog.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Revoke Anna' }).waitFor({ state: 'detached' });
      await expect.poll(async () => (await anna('GET', '/api/keys')).status, patient).toBe(401);
      await page.goto('/audit?kind=key');
      await page.getByText('Revoked the admin key “Anna”').waitFor();
      await page.getByText('Made the admin key “Anna”').waitFor();
    });
  });
});

describe('a key that may not', () => {
  it.each([1280, 390])('is told so, and what to do, on %d pixels', async (width) => {
    await browser.visit({ width, refusals: ['GET /api/session 403', 'DELETE /api/session 403'] }, async (page) => {
      await page.context().addCookies([{ name: 'assay_session', value: test.sdkKey, url: test.url }]);
      await page.goto('/settings');
      await heading(page, 'Your key may not do this').waitFor();
      await page.getByText('the one sent is of kind sdk').waitFor();
      await takePictures(page, 'forbidden', width);
      await page.getByRole('button', { name: 'Sign in with another key' }).click();
      await page.getByLabel('Admin key').fill(test.adminKey);
      await page.keyboard.press('Enter');
      await heading(page, 'Settings').waitFor();
    });
  });
});

describe('all of them', () => {
  it.each([1280, 390])('fit %d pixels, in light colours and in dark ones', async (width) => {
    const unit = unitWith(await rulesetOf(), ({ experiments }) => experiments[0]?.outcome === 'assigned');
    await visit({ width }, async (page) => {
      await page.goto(addressOf(unit));
      await page.getByText('1 more experiment was not asked: one before took the unit').click();
      await page.getByRole('img', { name: 'Layer and split: draws from 0 to 1' }).nth(1).waitFor();
      await takePictures(page, 'explain', width);
      await page.goto('/audit?who=admin');
      await page.getByText('What changed').first().click();
      await page.getByText('Details', { exact: true }).first().click();
      await takePictures(page, 'audit', width);
      await page.goto('/settings');
      await page.getByText('Ready, takes events').waitFor();
      await page.getByLabel('Name', { exact: true }).fill(`shop ${width}`);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Copy the key' }).waitFor();
      await takePictures(page, 'settings', width);
    });
  });
});
