import { describe, expect, it } from 'vitest';
import { addUnitGroups, type BanditSums, FOLDS, startSums } from '../../server/delivery/bandit/bandit-sums.ts';
import { splitValue } from '../../server/delivery/bandit/split-value.ts';
import { isThere, readCsv } from './read-csv.ts';

const NAMES = ['men', 'women'].map((campaign) => `bandit-obd/bts_${campaign}.csv.gz`);

/** The sums that a bandit phase keeps, from a log in which every decision is a unit of its own. */
function sumsOf(name: string, items: number): BanditSums {
  const sums = startSums(items);
  const weights = Array.from({ length: items }, () => 1 / items);
  readCsv(name).forEach((row, index) => {
    const group = { unit: String(index), epoch: 1, weights, decisions: 1, arm: Number(row.item_id) };
    const reward = Number(row.click);
    addUnitGroups(
      sums,
      [{ ...group, reward, propensity: Number(row.propensity_score) }],
      () => weights.map(() => 0),
      index % FOLDS,
    );
  });
  return sums;
}

const uniform = (items: number) => Array.from({ length: items }, () => 1 / items);

describe.skipIf(!isThere('bandit-obd'))("off-policy values of a bandit's log, as the endpoint computes them", () => {
  it('men: the uniform split agrees with the published figures', () => {
    const value = splitValue(sumsOf(NAMES[0]!, 34), uniform(34), 0.95);
    expect(value.status).toBe('ok');
    expect(value.ips!.estimate.toFixed(5)).toBe('0.00301');
    expect(value.ips!.standardError.toFixed(5)).toBe('0.00077');
    expect(value.snips!.estimate.toFixed(5)).toBe('0.00319');
    expect(value.meanWeight.toFixed(3)).toBe('0.943');
    expect(value.effectiveUnits.toFixed(0)).toBe('656');
    // What the uniform policy really earned: 0.0046 ± 0.0013.
    expect(value.doublyRobust!.interval.upper).toBeGreaterThan(0.0033);
  }, 60_000);

  it('women: refused, since two effective decisions are no answer', () => {
    const value = splitValue(sumsOf(NAMES[1]!, 46), uniform(46), 0.95);
    expect(value).toMatchObject({ status: 'insufficient', ips: null, snips: null, doublyRobust: null });
    expect(value.missing).toBe('100 effective units, found 2.1');
    expect(value.meanWeight.toFixed(2)).toBe('3.13');
  }, 60_000);
});
