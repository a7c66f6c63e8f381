import erfc from '@stdlib/math-base-special-erfc';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { proportionDifference } from '../../stats/index.ts';
import type { TestServer } from '../integration/test-server.ts';
import { imported } from './sample-experiments.ts';

/** One arm of the imported experiment: how many people, how many of them came back, what all of them spent. */
export interface Count {
  units: number;
  came: number;
  spend: number;
}

/** The control, then the challenger, from the raw events alone: everything within a day of the first exposure. */
export async function directCount(test: TestServer): Promise<Count[]> {
  const { rows } = await test.server.services.pool.query<Count>(
    `with unit as (
       select e.unit_id, v.key as variant, min(e.at) as first
       from exposure e join variant v on v.id = e.variant_id join slot s on s.id = v.slot_id
       where s.key = $1 group by 1, 2
     ), total as (
       select u.variant, u.unit_id, coalesce(max((o.name = 'visit')::int), 0) as came,
         coalesce(sum(o.value) filter (where o.name = 'purchase'), 0) as spend
       from unit u left join outcome o on o.unit_id = u.unit_id and o.at >= u.first
         and o.at < u.first + $2 * interval '1 second'
       group by 1, 2
     )
     select count(*)::int as units, sum(came)::int as came, sum(spend)::float8 as spend
     from total group by variant order by variant = $3 desc`,
    [imported.key, imported.windowSeconds, imported.control],
  );
  return rows;
}

export async function expectCame(page: Page, control: Count, challenger: Count): Promise<void> {
  const [from, to] = [control.came / control.units, challenger.came / challenger.units];
  const before = await metricRow(page, 'Came back', imported.control);
  const after = await metricRow(page, 'Came back', imported.challenger);
  expectShown(before['Mature units'], [control.units]);
  expectShown(before.Value, [from * 100]);
  expectShown(after['Mature units'], [challenger.units]);
  expectShown(after.Value, [to * 100]);

  const variance = (share: number, units: number) => (share * (1 - share)) / units;
  const error = Math.sqrt(variance(from, control.units) + variance(to, challenger.units));
  const test = proportionDifference({ x: control.came, n: control.units }, { x: challenger.came, n: challenger.units });
  if (test.status !== 'ok') throw new Error('the arms are not alike');
  const { lower, upper } = test.interval;
  expectShown(after.Difference, [(to - from) * 100, lower * 100, upper * 100, error * 100]);
  expectShown(after['Relative lift']?.split('%')[0], [(to / from - 1) * 100]);
  expectShown(after.Test?.split('\n')[0], [scoreP(control, challenger)]);
  expect(after.Test).toContain('significant at 95\u202f%');

  const lift = `${after['Relative lift']}`;
  await page.getByRole('img', { name: `Lift of every metric against ${imported.control}, in percent` }).waitFor();
  const alternative = page.getByRole('row').filter({ has: page.getByRole('cell', { name: lift, exact: true }) });
  expect(await alternative.filter({ has: page.getByRole('cell', { name: /^final/ }) }).count()).toBe(1);
}

export async function expectSpend(page: Page, control: Count, challenger: Count): Promise<void> {
  const [from, to] = [control.spend / control.units, challenger.spend / challenger.units];
  expectShown((await metricRow(page, 'Spend per person', imported.control)).Value, [from]);
  const row = await metricRow(page, 'Spend per person', imported.challenger);
  expectShown(row.Value, [to]);
  expectShown(row.Difference?.split('(')[0], [to - from]);
}

/** Two-sided p of the score test, from its textbook formula. */
function scoreP(control: Count, challenger: Count): number {
  const n = control.units + challenger.units;
  const share = (control.came + challenger.came) / n;
  const variance = share * (1 - share) * (1 / control.units + 1 / challenger.units) * (n / (n - 1));
  const difference = challenger.came / challenger.units - control.came / control.units;
  return erfc(Math.abs(difference) / Math.sqrt(2 * variance));
}

/** A row of the metrics table, by the names of its columns. */
export async function metricRow(page: Page, metric: string, variant: string): Promise<Record<string, string>> {
  const table = page.getByRole('table', { name: 'Metrics' });
  const group = table.getByRole('rowgroup').filter({ hasText: metric });
  const row = group.getByRole('row').filter({
    has: page.getByRole('rowheader', { name: new RegExp(`^${variant}( control)?$`) }),
  });
  const columns = await table.getByRole('columnheader').allInnerTexts();
  const cells = await row.getByRole('cell').allInnerTexts();
  return Object.fromEntries(columns.slice(1).map((column, place) => [column, cells[place]?.trim() ?? '']));
}

export const numbersIn = (text = '') =>
  text
    .replaceAll('\u2212', '-')
    .replace(/(\d)\u202f(?=\d{3})/g, '$1')
    .match(/[+-]?\d+(\.\d+)?(e[+-]?\d+)?/g) ?? [];

/** The numbers in a text are these, each rounded to the digits that are shown. */
function expectShown(text: string | undefined, exact: number[]): void {
  const shown = numbersIn(text);
  expect(shown, `${text} against ${exact}`).toHaveLength(exact.length);
  for (const [place, number] of shown.entries()) {
    const digits = number.replace(/^[+-]/, '').replace(/e.*/, '').split('.')[1]?.length ?? 0;
    const unit = 10 ** (Number(number.split('e')[1] ?? 0) - digits);
    expect(Math.abs(Number(number) - (exact[place] ?? Number.NaN)), `${text} against ${exact}`).toBeLessThanOrEqual(
      unit * 0.5000001,
    );
  }
}
