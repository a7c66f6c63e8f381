import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Assay, type ConnectOptions, connect } from '@assay-ml/sdk';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Experiment } from '../../server/contract/catalog.ts';
import type { Home } from '../../server/contract/home-contract.ts';
import { fromRoot } from '../../server/repository-root.ts';
import { draftExperiment, startTestServer, type TestServer, until } from '../integration/test-server.ts';
import { openBrowser, type TestBrowser, type VisitOptions } from './browser.ts';
import { modeKeys, startModes, visitModes } from './mode-experiments.ts';
import { expectBasics, expectBothSchemes } from './page-basics.ts';

const pictures = fromRoot('test-artifacts');
let test: TestServer;
let browser: TestBrowser;

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  test = await startTestServer();
  browser = await openBrowser(test.url);
  await startModes(test);
  await draftExperiment(test, { key: 'checkout' });
  await visitModes(test, 0, 150);
  await post(`/api/experiments/${modeKeys.canary}/hold`, { reason: 'Over the weekend nobody watches.' });
  await until(async () => {
    const { attention, running } = await home();
    const rolledBack = attention.some(({ kind }) => kind === 'rolled_back');
    return rolledBack && running.every(({ units }) => units > 0);
  });
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
const heading = (page: Page, name: string | RegExp, level = 2) => page.getByRole('heading', { level, name });
const home = async () => (await test.api<Home>('GET', '/api/home')).body;
async function post(path: string, body: unknown = {}): Promise<void> {
  const answer = await test.api('POST', path, body);
  if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
}

// First, while nothing has been moved by hand.
describe('the pages', () => {
  it.each([1280, 390])('fit %d pixels, in light colours and in dark ones', async (width) => {
    const pages = [
      ['home', '/', 'Home'],
      ['experiments', '/experiments', 'Experiments'],
      ['slots', '/slots', 'Slots'],
      ['slot-shadow', `/slots/${modeKeys.shadow}`, modeKeys.shadow],
    ] as const;
    await visit(
      async (page) => {
        for (const [name, path, title] of pages) {
          await page.goto(path);
          await heading(page, title, 1).waitFor();
          if (name.startsWith('slot-')) await page.getByText('made the slot with it.').waitFor();
          await expectBothSchemes(page, name, width);
        }
      },
      { width },
    );
  });
});

describe('home', () => {
  it('tells how far each experiment is, and leads from a rollback and from a held ramp to their causes', async () => {
    const units = (await home()).running.find(({ key }) => key === modeKeys.canary)?.units;
    await visit(async (page) => {
      await page.goto('/');
      await page.getByText(/^2 experiments need a person; 4 run, 1 is paused\.$/).waitFor();
      const item = page
        .getByRole('region', { name: 'Running' })
        .getByRole('listitem')
        .filter({ has: page.getByRole('link', { name: 'Faster search' }) });
      await item.getByText('Step 1 of 3', { exact: true }).waitFor();
      const bars = item.getByRole('img', { name: /^New units per minute: / });
      expect(await bars.getAttribute('aria-label')).toContain(`${units} in all`);
      expect(await page.getByRole('region', { name: 'Running' }).getByText('New prices').count()).toBe(0);
      await page.getByRole('region', { name: 'Drafts' }).getByRole('link', { name: 'Experiment checkout' }).waitFor();

      const needs = page.getByRole('region', { name: 'Needs a person' }).getByRole('listitem');
      expect(await needs.count()).toBe(2);
      expect(await needs.first().innerText()).toMatch(/Rolled back\s+New prices.*Errors: .*Since \d\d:\d\d/s);
      await needs.first().getByRole('link', { name: 'New prices' }).click();
      await heading(page, 'New prices', 1).waitFor();
      expect(new URL(page.url()).hash).toBe('#phases');
      const plan = page.getByRole('listitem').filter({ hasText: 'Why it was rolled back' });
      await plan.getByText(/Rolled back at step 1 of 2\. Errors: /).waitFor();
      await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('phases');

      await page.goBack();
      await needs.filter({ hasText: 'Held' }).getByRole('link', { name: 'Faster search' }).click();
      await heading(page, 'Faster search', 1).waitFor();
      await page.getByRole('button', { name: 'Release' }).waitFor();
      await page
        .getByText(/Over the weekend nobody watches\./)
        .first()
        .waitFor();
    });
  });
});

describe('the list of experiments', () => {
  it('finds by words and state, both in the address, and says when there is none', async () => {
    await visit(async (page) => {
      await page.goto('/experiments?state=paused');
      await page.getByText('1 of 6 experiments').waitFor();
      expect(await page.getByRole('row').last().innerText()).toContain('New prices');
      await page.getByLabel('State').selectOption({ label: 'All' });
      await page.getByLabel('Find by name, key or slot').fill('ranker');
      await page.getByText('1 of 6 experiments').waitFor();
      expect(new URL(page.url()).search).toBe('?q=ranker');
      await page.getByLabel('State').selectOption({ label: 'Draft' });
      await page.getByText('No experiment is called so in this state.').waitFor();
      await page.getByRole('button', { name: 'Show all experiments' }).click();
      await page.getByText('6 experiments, 4 running').waitFor();
    });
  });
});

describe('a slot', () => {
  it('has lines to paste that work: run where it answers with a value, rank where with a list, and curl', async () => {
    await visit(async (page) => {
      const code = async (slot: string, tab: string) => {
        await page.goto(`/slots/${slot}`);
        await page.getByRole('tab', { name: tab }).click();
        return page.getByRole('region', { name: `${tab} code` }).innerText();
      };
      const value = await code('checkout', 'TypeScript');
      await expectBasics(page, 'slot-idle', 1280);
      await page.screenshot({ path: `${pictures}/slot-idle-1280-light.png`, fullPage: true });
      expect(await runSnippet(value, 'value')).toMatchObject({ value: 'old answers' });
      const ranking = await code(modeKeys.interleave, 'TypeScript');
      expect(ranking).toContain("assay.outcome('click'");
      expect(await runSnippet(ranking, 'items')).toMatchObject({ items: [{ id: 'first' }, { id: 'second' }] });
      const curl = await code('checkout', 'curl');
      const env = { ...process.env, ASSAY_KEY: test.sdkKey };
      const { stdout } = await promisify(execFile)('sh', ['-c', curl.replace('curl ', 'curl --silent --max-time 5 ')], {
        env,
      });
      expect(JSON.parse(stdout)).toMatchObject({ key: 'checkout', value: { model: 'old' } });
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.getByRole('button', { name: 'Copy the lines for curl' }).click();
      await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor({ state: 'attached' });
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(curl);
    });
  });

  it('is stopped and resumed with a reason, which home and the history tell', async () => {
    await visit(async (page) => {
      await page.goto(`/slots/${modeKeys.bandit}`);
      const stop = page.getByRole('button', { name: 'Kill switch' });
      await stop.click();
      const dialog = page.getByRole('dialog', { name: `Stop everything on “${modeKeys.bandit}”?` });
      await dialog.getByText('Banner of the day').waitFor();
      const confirm = dialog.getByRole('button', { name: 'Stop everything' });
      expect(await confirm.isDisabled()).toBe(true);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await expect.poll(() => stop.evaluate((one) => one === document.activeElement)).toBe(true);
      await stop.click();
      await dialog.getByLabel('Reason').fill('It pays too much.');
      await page.screenshot({ path: `${pictures}/slot-stop-1280-light.png` });
      await confirm.click();
      await dialog.waitFor({ state: 'detached' });
      await page.getByText('Everything is paused: the champion “old” answers for everyone.').waitFor();
      expect(await stop.isDisabled()).toBe(true);
      await page.getByText('Kill switch: Nothing runs here that could be stopped.').waitFor();
      expect((await experimentOf(modeKeys.bandit)).state).toBe('paused');

      await page.getByRole('link', { name: 'Home', exact: true }).click();
      const paused = page.getByRole('region', { name: 'Needs a person' }).getByRole('listitem').filter({
        hasText: 'Stopped with the kill switch',
      });
      await paused.getByText(/\(It pays too much\.\): everyone gets the champion/).waitFor();
      await paused.getByRole('link').click();
      await page.getByRole('button', { name: 'Resume' }).click();
      const question = page.getByRole('dialog', { name: `Resume “${modeKeys.bandit}”?` });
      await question.getByLabel('Reason').fill('The prices are right again.');
      await question.getByRole('button', { name: 'Resume' }).click();
      await question.waitFor({ state: 'detached' });
      await page.getByText(/^“Banner of the day” \(Bandit\) decides who answers its units/).waitFor();
      expect((await experimentOf(modeKeys.bandit)).state).toBe('running');
    });
  });

  it('keeps its champion while something compares with it; else another is promoted, and the history says why', async () => {
    await visit(async (page) => {
      await page.goto(`/slots/${modeKeys.canary}`);
      const promote = page.getByRole('button', { name: 'Make champion: new' });
      await promote.waitFor();
      expect(await promote.isDisabled()).toBe(true);
      await page.getByText('Make champion: “Faster search” compares with the champion').waitFor();

      await page.goto('/slots/checkout');
      await promote.click();
      const dialog = page.getByRole('dialog', { name: 'Make “new” the champion?' });
      await dialog.getByLabel('Reason').fill('The old one is switched off tomorrow.');
      await dialog.getByRole('button', { name: 'Promote new' }).click();
      await dialog.waitFor({ state: 'detached' });
      await page.getByText('No experiment runs: the champion “new” answers for everyone.').waitFor();
      const reigns = page.getByRole('region', { name: 'Champions so far' }).getByRole('listitem');
      await expect.poll(() => reigns.count()).toBe(2);
      expect(await reigns.first().innerText()).toMatch(
        /^new\s+Since .*promoted it by hand\..*switched off tomorrow\./s,
      );
    });
  });
});

describe('states without data', () => {
  it('says which of the first steps is done, and that there is nothing yet', async () => {
    const empty = await startTestServer();
    const other = await openBrowser(empty.url);
    try {
      await other.visit({ key: empty.adminKey }, async (page) => {
        await page.goto('/slots');
        await page.getByText('No slots yet.').waitFor();
        await page.getByRole('link', { name: 'Experiments', exact: true }).click();
        await page.getByText('No experiments yet.').waitFor();
        await page.getByRole('main').getByRole('link', { name: 'Home' }).click();
        await heading(page, 'No experiments yet').waitFor();
        expect(await page.getByText('Done:').count()).toBe(0);
        const body = { key: 'first', variants: [{ key: 'one' }], champion: 'one' };
        expect((await empty.api('POST', '/api/slots', body)).status).toBe(201);
        await page.reload();
        await page.getByText('Done: Describe the slot').waitFor();
        await expectBothSchemes(page, 'home-empty', 1280);
        await page.getByRole('link', { name: '1 slot' }).click();
        await page.getByRole('link', { name: 'first' }).click();
        await page.getByText('It is the only one: add another').waitFor();
        await page.goto('/');
        await page.getByRole('main').getByRole('link', { name: 'API reference' }).click();
        // A large page of others' making: slow on a busy machine.
        await page.getByText('Who is signed in.').waitFor({ timeout: 45_000 });
      });
    } finally {
      await other.close();
      await empty.stop();
    }
  });

  it('says that there is no such slot, and whose key opens the page', async () => {
    await visit(
      async (page) => {
        // Each refusal once: no stream has the pages ask again.
        await page.route('**/api/stream', (route) => route.fulfill({ status: 204 }));
        await page.goto('/slots/nowhere');
        await heading(page, 'There is no such slot', 1).waitFor();
        const error = { code: 'forbidden', message: 'This needs an admin key.' };
        await page.route('**/api/home', (route) => route.fulfill({ status: 403, json: { error } }));
        await page.goto('/');
        await page.getByRole('alert').getByText('Your key may not do this').waitFor();
        await heading(page, 'Home', 1).waitFor();
      },
      { refusals: ['GET /api/slots/nowhere 404', 'GET /api/home 403'] },
    );
  });
});

const experimentOf = async (key: string) => (await test.api<Experiment>('GET', `/api/experiments/${key}`)).body;

/** Runs the lines of the page as a service would, with models of its own; answers what they made. */
async function runSnippet(code: string, result: string): Promise<unknown> {
  const problems: string[] = [];
  let client: Assay | undefined;
  const connectTo = async (options: ConnectOptions) => {
    client = await connect({ ...options, onError: ({ message }) => void problems.push(message) });
    return client;
  };
  const body = `return (async () => { ${code.replace(/^import .*$/m, '')}; return { ${result} }; })()`;
  const names = ['connect', 'process', 'user', 'request', 'callModel', 'rankWith'];
  const run = new Function(...names, body);
  try {
    return await run(
      connectTo,
      { env: { ASSAY_KEY: test.sdkKey } },
      { id: 'user-1' },
      {},
      ({ model }: { model: string }) => `${model} answers`,
      () => [{ id: 'first' }, { id: 'second' }],
    );
  } finally {
    await client?.close();
    expect(problems).toEqual([]);
  }
}
