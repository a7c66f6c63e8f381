import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { fromRoot } from '../../server/repository-root.ts';
import { expectBasics } from './page-basics.ts';
import { numbersIn } from './page-numbers.ts';

/** What the stories of the modes do on their pages. */

export const heading = (page: Page, name: string | RegExp, level = 2) => page.getByRole('heading', { level, name });

export async function open(page: Page, key: string, title: string): Promise<void> {
  await page.goto(`/experiments/${key}`);
  await heading(page, title, 1).waitFor();
}

/** The cells of a row, by its name in a named table. */
export async function cellsOf(page: Page, table: string, row: string | RegExp): Promise<string[]> {
  const found = page.getByRole('table', { name: table, exact: true }).getByRole('row');
  const named = found.filter({ has: page.getByRole('rowheader', { name: row, exact: true }) });
  await named.waitFor();
  return (await named.getByRole('cell').allInnerTexts()).map((text) => text.trim());
}

/** The rows behind a chart, by its title. */
export async function chartRows(page: Page, title: string | RegExp): Promise<string[][]> {
  const figure = page.getByRole('figure', { name: title });
  const rows = figure.getByRole('row');
  await rows.nth(1).waitFor({ state: 'attached' });
  const all = await rows.all();
  return Promise.all(all.slice(1).map((row) => row.getByRole('cell').allInnerTexts()));
}

/** What stands under a name in a list of facts. */
export const factOf = (page: Page, name: string) =>
  page
    .locator('dl > div')
    .filter({ has: page.getByText(name, { exact: true }) })
    .locator('dd')
    .innerText();

export const whole = (text: string | undefined) => numbersIn(text).map(Number);

export async function confirm(page: Page, button: string, title: string | RegExp, reason?: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
  const dialog = page.getByRole('dialog', { name: title });
  if (reason) await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: button, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** The page as it is now: wide in light colours, narrow in dark ones. Each is seen once, for these pages are long. */
export async function expectLooks(page: Page, name: string): Promise<void> {
  await heading(page, 'History').waitFor();
  for (const [width, colorScheme] of [
    [390, 'dark'],
    [1280, 'light'],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor({ state: 'attached' });
    // Charts are drawn again for the width that they have got.
    await expect
      .poll(() => page.evaluate<number>('document.documentElement.scrollWidth'), { message: `${name} is wider` })
      .toBeLessThanOrEqual(width);
    const path = fromRoot('test-artifacts', `mode-${name}-${width}-${colorScheme}.png`);
    await page.screenshot({ path, fullPage: true });
    await expectBasics(page, `mode-${name}`, width);
  }
}
