import type { Decision, Reason } from '@assay-ml/sdk';
import { expect } from 'vitest';

export const boom = (): never => {
  throw new Error('hostile');
};

/** Whatever is done with it throws; a promise may still resolve to it. */
export const hostileProxy = (target: object = {}): object =>
  new Proxy(target, {
    get: (_, key) => (key === 'then' ? undefined : boom()),
    set: boom,
    has: boom,
    ownKeys: boom,
    getOwnPropertyDescriptor: boom,
    getPrototypeOf: boom,
  });

export const revokedProxy = (target: object = {}): object => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

/** Has no text. */
export const textless = (): object => Object.create(null);

export const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

export const REASONS: readonly Reason[] = [
  'assigned',
  'champion',
  'not_targeted',
  'outside_range',
  'holdout',
  'override',
  'unknown_slot',
  'no_ruleset',
  'error',
];

/** What holds of every decision, whatever it was made from; `peek` gives no id. */
export function expectDecision(decision: Decision, id = /^[0-9a-z]{22,28}$/): void {
  expect(REASONS).toContain(decision.reason);
  expect(decision).toMatchObject({
    variant: expect.any(String),
    id: expect.stringMatching(id),
    step: expect.any(Number),
    ruleset: expect.any(Number),
    propensity: expect.any(Number),
  });
  expect(Number.isFinite(decision.propensity) && decision.propensity >= 0).toBe(true);
  expect('payload' in decision).toBe(true);
}
