import { describe, expect, it } from 'vitest';
import { filterOf } from '../../web/audit/audit-address.ts';
import { auditLine, subjectOf } from '../../web/audit/audit-words.ts';
import { changesOf, fieldsOf } from '../../web/audit/detail-diff.ts';
import { attributesOf, readAttributes, rowProblem, rowsOf } from '../../web/explain/attribute-rows.ts';
import { type Command, rankCommands } from '../../web/palette/rank-commands.ts';
import { agoText } from '../../web/settings/server-words.ts';
import { isWithin } from '../../web/shell/page-list.ts';

describe('commands of the palette', () => {
  const command = (label: string, kind: string, words = ''): Command => ({
    id: label,
    label,
    kind,
    words,
    to: `/${label}`,
  });
  const all = [
    command('Feed ranker', 'experiment', 'feed-2 home-feed'),
    command('Checkout button', 'experiment', 'buy'),
    command('checkout-ranker', 'slot'),
    command('Refund rate', 'metric', 'refunds'),
  ];
  const found = (query: string, recent: string[] = []) => rankCommands(all, query, recent).map(({ label }) => label);

  it('hold every word of the query, in any order and place', () => {
    expect(found('ranker feed')).toEqual(['Feed ranker']);
    expect(found('experiment buy')).toEqual(['Checkout button']);
    expect(found('ranker nowhere')).toEqual([]);
  });

  it('stand by how well they fit: starts of words, then parts, then keys, then letters in order', () => {
    expect(found('fe')).toEqual(['Feed ranker', 'Refund rate']);
    expect(found('chk')).toEqual(['Checkout button', 'checkout-ranker']);
    expect(found('buy')).toEqual(['Checkout button']);
  });

  it('put what was visited last first among equals, and all by that without a query', () => {
    expect(found('', ['/Refund rate', '/checkout-ranker'])).toEqual([
      'Refund rate',
      'checkout-ranker',
      'Feed ranker',
      'Checkout button',
    ]);
    expect(found('checkout', ['/checkout-ranker'])).toEqual(['checkout-ranker', 'Checkout button']);
  });
});

describe('attributes of a unit', () => {
  const attributes = { country: 'AT', logins: 12, paying: true, tags: ['new', 'mobile'] };

  it('go from rows to values and back', () => {
    const rows = rowsOf(attributes);
    expect(rows?.map(({ type, text }) => [type, text])).toEqual([
      ['text', 'AT'],
      ['number', '12'],
      ['boolean', 'true'],
      ['list', 'new, mobile'],
    ]);
    expect(attributesOf(rows ?? [])).toEqual(attributes);
  });

  it('stay JSON where rows would change their meaning', () => {
    for (const value of [null, [1, 2], ['a,b'], [' a']]) expect(rowsOf({ value }), JSON.stringify(value)).toBeNull();
  });

  it('leave out what is no number and what has no name', () => {
    const bad = { id: 0, name: 'logins', type: 'number' as const, text: 'many' };
    expect(rowProblem(bad)).toMatch(/Enter a number/);
    expect(attributesOf([bad, { id: 1, name: ' ', type: 'text', text: 'x' }])).toEqual({});
  });

  it.each([
    ['{', 'This is not JSON'],
    ['[1]', 'are an object'],
    ['{"a": {"b": 1}}', '“a” must be'],
  ])('of %s are told to be wrong', (text, words) => {
    expect(readAttributes(text).problem).toContain(words);
  });
});

describe('the audit', () => {
  it('says what was done as a sentence, and keeps for the details what that leaves out', () => {
    expect(auditLine({ action: 'slot.champion', detail: { from: 'a', to: 'b' } })).toEqual({
      what: 'Made “b” its champion, in place of “a”',
      reason: null,
      rest: {},
    });
    expect(auditLine({ action: 'slot.pause', detail: { reason: 'On fire', paused: ['x', 'y'] } })).toEqual({
      what: 'Pulled the kill switch: paused “x”, “y”',
      reason: 'On fire',
      rest: {},
    });
    const rolledBack = { phase: 0, mode: 'canary', step: 2, reason: 'Errors', rate: 0.1 };
    expect(auditLine({ action: 'experiment.roll-back', detail: rolledBack })).toEqual({
      what: 'Rolled back phase 1, at step 2',
      reason: 'Errors',
      rest: { rate: 0.1 },
    });
    expect(auditLine({ action: 'key.revoke', detail: {} }).what).toBe('Revoked the key');
    expect(auditLine({ action: 'new.thing', detail: { a: 1 } })).toMatchObject({ what: 'New thing', rest: { a: 1 } });
  });

  it('compares field by field, however deep', () => {
    const before = { name: 'A', plan: { units: 100, looks: [0.5, 1] }, rules: [{ attribute: 'country' }] };
    const after = { name: 'A', plan: { units: 200, looks: [0.5, 1] }, rules: [], minimumEffect: 1 / 3 };
    expect(changesOf(before, after)).toEqual([
      { path: 'plan, units', before: '100', after: '200' },
      { path: 'rules, 1, attribute', before: 'country', after: null },
      { path: 'rules', before: null, after: 'none' },
      { path: 'minimum effect', before: null, after: '0.333333' },
    ]);
    expect(fieldsOf({ a: { b: null }, c: [1, 2] })).toEqual([
      { path: 'a, b', text: 'none' },
      { path: 'c', text: '1, 2' },
    ]);
  });

  it('asks the server for whole days of the reader, and for a thing only with its kind', () => {
    const asked = (address: string) => Object.fromEntries(new URLSearchParams(filterOf(new URLSearchParams(address))));
    expect(asked('kind=experiment&thing=checkout&who=Anna')).toEqual({
      subject: 'experiment:checkout',
      actor: 'Anna',
    });
    expect(asked('thing=checkout&from=soon')).toEqual({});
    const { from = '', to = '' } = asked('from=2026-11-23&to=2026-11-23');
    expect(new Date(from).getHours()).toBe(0);
    expect(Date.parse(to) - Date.parse(from)).toBe(86_400_000);
  });

  it('leads to the page of the thing', () => {
    expect(subjectOf('experiment:a.b')).toEqual({ kind: 'experiment', key: 'a.b', to: '/experiments/a.b' });
    expect(subjectOf('audience:a')).toMatchObject({ to: null });
    expect(subjectOf('key:5')).toMatchObject({ to: '/settings' });
  });
});

it('the age of a ruleset is told in its largest unit', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  const ago = (seconds: number) => agoText(new Date(now - seconds * 1000).toISOString(), now);
  expect([30, 60, 3599, 7200, 200_000].map(ago)).toEqual([
    'less than a minute ago',
    '1 minute ago',
    '59 minutes ago',
    '2 hours ago',
    '2 days ago',
  ]);
});

it('a page of the navigation holds what lies below it', () => {
  expect(isWithin('/experiments/checkout', '/experiments')).toBe(true);
  expect(isWithin('/experiments-old', '/experiments')).toBe(false);
  expect(isWithin('/experiments', '/')).toBe(false);
});
