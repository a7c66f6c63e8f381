import { readFileSync } from 'node:fs';
import { connect, isUsableRule, type Ruleset, type TargetingRule } from '@assay-ml/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Experiment } from '../../server/contract/catalog.ts';
import type { Audience } from '../../server/contract/targeting-contract.ts';
import { startTestServer, type TestServer } from './test-server.ts';

type Attributes = Record<string, string>;
interface Vector {
  rule: TargetingRule;
  meets: Attributes[];
  fails: Attributes[];
}
const vectors: { audiences: Record<string, TargetingRule[]>; rules: Vector[] } = JSON.parse(
  readFileSync(new URL('../../sdk/vectors/targeting.json', import.meta.url), 'utf8'),
);
const KNOWN = ['beta', 'europe', 'constructor'];

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
  for (const key of KNOWN) await made('/api/audiences', { key, name: key, rules: vectors.audiences[key] });
});
afterAll(() => test.stop());

type Failed = { error: { code: string; message: string } };
const refusal = async (method: string, path: string, body?: object) => {
  const answer = await test.api<Failed>(method, path, body);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  return answer.body.error;
};
async function made<T>(path: string, body: object, method = 'POST'): Promise<T> {
  const answer = await test.api<T>(method, path, body);
  if (answer.status > 201) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

/** A draft: everyone who is targeted gets the challenger. */
async function draft(key: string, targeting: object[]) {
  const variants = [
    { key: 'old', payload: 1 },
    { key: 'new', payload: 2 },
  ];
  await test.api('POST', '/api/slots', { key, champion: 'old', variants });
  const split = [
    { variant: 'new', weight: 0.999999 },
    { variant: 'old', weight: 0.000001 },
  ];
  const phases = [{ split, assignment: 'hash', plan: { units: 100 } }];
  const metrics = [{ metric: 'clicked', role: 'primary' }];
  return test.api<Experiment & Failed>('POST', '/api/experiments', {
    key,
    slot: key,
    name: key,
    targeting,
    metrics,
    phases,
  });
}
beforeAll(async () => {
  await made('/api/metrics', {
    key: 'clicked',
    name: 'Clicked',
    kind: 'proportion',
    outcome: 'click',
    windowSeconds: 60,
  });
});

const isKnown = ({ operator, values }: TargetingRule) =>
  !operator.endsWith('_audience') || values.every((value) => KNOWN.includes(String(value)));

async function ofrepReason(slot: string, attributes: Attributes): Promise<unknown> {
  const response = await fetch(`${test.url}/ofrep/v1/evaluate/flags/${slot}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${test.sdkKey}`, 'Content-Type': 'application/json' },
    // Not by assignment, in which an attribute named __proto__ would be lost.
    body: `{"context":{"targetingKey":"u",${JSON.stringify(attributes).slice(1)}}`.replace(',}', '}'),
  });
  const { metadata } = (await response.json()) as { metadata?: { reason: string } };
  return metadata?.reason;
}

describe('The vectors of targeting', () => {
  it('hold for rules that have gone through the server, in an SDK and over OFREP; what SDKs cannot evaluate is refused', async () => {
    const admitted: [string, Vector][] = [];
    for (const [i, vector] of vectors.rules.entries()) {
      const { status, body } = await draft(`slot-${i}`, [vector.rule]);
      const expected = isUsableRule(vector.rule) && isKnown(vector.rule) ? 201 : 400;
      if (status !== expected) throw new Error(`${JSON.stringify(vector.rule)}: ${status} ${body.error?.message}`);
      if (status !== 201) continue;
      admitted.push([`slot-${i}`, vector]);
      await made(`/api/experiments/slot-${i}/start`, { reason: 'test' });
    }
    expect(new Set(admitted.map(([, { rule }]) => rule.operator)).size).toBe(28);
    const assay = await connect({ url: test.url, key: test.sdkKey, stream: false });
    const wrong: unknown[] = [];
    for (const [slot, { rule, meets, fails }] of admitted) {
      for (const attributes of [...meets, ...fails]) {
        const isMet = assay.peek(slot, { unit: 'u', attributes }).reason === 'assigned';
        if (isMet !== meets.includes(attributes)) wrong.push({ rule, attributes });
      }
      for (const attributes of [...meets.slice(0, 2), ...fails.slice(0, 2)]) {
        const expected = meets.includes(attributes) ? 'assigned' : 'not_targeted';
        const reason = await ofrepReason(slot, attributes);
        if (reason !== expected) wrong.push({ rule, attributes, ofrep: reason });
      }
    }
    await assay.close();
    expect(wrong).toEqual([]);
  }, 180_000);
});

describe('Rules', () => {
  it.each([
    [{ operator: 'in', values: ['x'] }, /targeting\.0\.attribute: "in" asks about an attribute/],
    [{ attribute: 'x', operator: 'in_audience', values: ['beta'] }, /leave "attribute" out/],
    [{ attribute: 'x', operator: 'in' }, /"in" takes at least one value/],
    [{ attribute: 'x', operator: 'exists', values: ['x'] }, /"exists" takes no values/],
    [{ attribute: 'x', operator: 'gt', values: [1, 2] }, /"gt" takes exactly one number/],
    [{ attribute: 'x', operator: 'before', values: ['01/02/2026'] }, /exactly one instant: a date \(2026-01-31\)/],
    [{ attribute: 'x', operator: 'semver_gt', values: ['one'] }, /exactly one semantic version, such as 2\.1\.0/],
    [{ attribute: 'x', operator: 'contains', values: [''] }, /none of them empty/],
    [{ attribute: 'x', operator: 'matches', values: ['('] }, /the pattern "\(" is refused: .*Unterminated group/],
    [{ attribute: 'x', operator: 'matches', values: ['a'.repeat(257)] }, /longer than 256 characters/],
    [{ attribute: 'x', operator: 'matches', values: ['(a)\\1'] }, /back-references cannot be matched in linear time/],
    [{ attribute: 'x', operator: 'matches', values: ['(?<n>a)\\k<n>'] }, /back-references/],
    [{ attribute: 'x', operator: 'matches', values: ['^(?=a)'] }, /look-around, named groups and flags/],
    [{ attribute: 'x', operator: 'matches', values: ['(?<!a)b'] }, /look-around/],
    [
      { attribute: 'x', operator: 'not_matches', values: ['^a', '(a+)+$'] },
      /targeting\.0: the pattern "\(a\+\)\+\$" can take exponential time/,
    ],
    [{ attribute: 'x', operator: 'matches', values: ['\\d+\\d+$'] }, /polynomial \(degree 3\) time/],
    [
      { operator: 'in_audience', values: ['nobody'] },
      /there is no audience "nobody"\. Make it with POST \/api\/audiences/,
    ],
  ])('%j is refused with what to do', async (rule, message) => {
    const { status, body } = await draft('refused', [rule]);
    expect(status).toBe(400);
    expect(body.error.message).toMatch(message);
  });

  it.each([
    '(a|a)*$',
    '(a|b|ab)*c',
    '^(a+)+$',
    '^.*foo.*bar$',
    '\\s+$',
    '(.*a){12}',
    '^(\\w+\\s?)*$',
    '[^@]+@example\\.com$',
    '^(?:a?){25}a{25}$',
  ])('a pattern that is not linear, or not shown to be, is refused: %s', async (pattern) => {
    const error = (await draft('refused', [{ attribute: 'x', operator: 'matches', values: [pattern] }])).body.error;
    expect(error.message).toMatch(
      /can take (exponential|polynomial)|could not be shown to be linear|more than 1000 ways/,
    );
  });

  it.each([
    '^[^@]+@example\\.com$',
    '@example\\.com$',
    '(?:iPhone|iPad)',
    '^(?:[a-z]+\\.)+[a-z]+$',
    '^\\p{L}+$',
    '[(?=)]',
    '\\(\\?=\\\\1',
  ])('a linear pattern is admitted: %s', async (pattern) => {
    const key = `linear-${Math.random().toString(36).slice(2)}`;
    expect((await draft(key, [{ attribute: 'x', operator: 'matches', values: [pattern] }])).status).toBe(201);
  });

  it('an edit of a draft is checked alike', async () => {
    await draft('edited', []);
    const edit = (rule: object) => refusal('PATCH', '/api/experiments/edited', { targeting: [rule] });
    expect((await edit({ attribute: 'x', operator: 'matches', values: ['(a+)+$'] })).message).toMatch(/exponential/);
    expect((await edit({ operator: 'not_in_audience', values: ['nobody'] })).message).toMatch(/no audience "nobody"/);
  });
});

describe('Audiences', () => {
  const rules = (country: string) => [{ attribute: 'country', operator: 'in', values: [country] }];
  const served = async (slot: string) => {
    const response = await fetch(`${test.url}/v1/ruleset`, { headers: { Authorization: `Bearer ${test.sdkKey}` } });
    return ((await response.json()) as Ruleset).slots[slot]?.experiments[0];
  };

  it('are kept by an experiment as they were when it started; drafts follow an edit', async () => {
    await made('/api/audiences', { key: 'dutch', name: 'Dutch', rules: rules('NL') });
    await draft('started', [{ operator: 'in_audience', values: ['dutch'] }]);
    await draft('waiting', [{ operator: 'not_in_audience', values: ['dutch'] }]);
    const started = await made<Experiment>('/api/experiments/started/start', { reason: 'test' });
    expect(started.audiences).toEqual({ dutch: rules('NL') });

    const edited = await made<Audience>('/api/audiences/dutch', { name: 'Low countries', rules: rules('BE') }, 'PUT');
    expect(edited).toMatchObject({ name: 'Low countries', rules: rules('BE') });
    expect(edited.usedBy).toEqual([
      { experiment: 'started', state: 'running' },
      { experiment: 'waiting', state: 'draft' },
    ]);
    expect((await served('started'))?.audiences).toEqual({ dutch: rules('NL') });
    await made('/api/experiments/waiting/start', { reason: 'test' });
    expect((await served('waiting'))?.audiences).toEqual({ dutch: rules('BE') });
    expect((await served('started'))?.targeting).toEqual([
      { attribute: '', operator: 'in_audience', values: ['dutch'] },
    ]);
  });

  it('are deleted unless a draft names them; what runs goes on', async () => {
    await made('/api/audiences', { key: 'french', name: 'French', rules: rules('FR') });
    await draft('french', [{ operator: 'in_audience', values: ['french'] }]);
    expect(await refusal('DELETE', '/api/audiences/french')).toMatchObject({
      code: 'not_possible_now',
      message: expect.stringContaining('"french", not yet started'),
    });
    await made('/api/experiments/french/start', { reason: 'test' });
    await made('/api/audiences/french', {}, 'DELETE');
    expect((await served('french'))?.audiences).toEqual({ french: rules('FR') });
    expect((await refusal('GET', '/api/audiences/french')).code).toBe('not_found');
  });

  it('are refused when they refer to audiences, are slow, or exist already', async () => {
    const create = (body: object) => refusal('POST', '/api/audiences', { key: 'beta', name: 'x', ...body });
    expect((await create({ rules: rules('NL') })).code).toBe('conflict');
    expect((await create({ rules: [{ operator: 'in_audience', values: ['beta'] }] })).message).toMatch(
      /does not refer/,
    );
    const slow = [{ attribute: 'x', operator: 'matches', values: ['(a+)+$'] }];
    expect((await create({ rules: slow })).message).toMatch(/rules\.0: the pattern .* exponential/);
    expect((await create({ key: '__proto__', rules: rules('NL') })).code).toBe('invalid_request');
    expect((await refusal('PUT', '/api/audiences/none', { name: 'x', rules: rules('NL') })).code).toBe('not_found');
  });
});
