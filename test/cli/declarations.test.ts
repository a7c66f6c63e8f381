import { describe, expect, it } from 'vitest';
import { LineCounter, parseDocument } from 'yaml';
import { placeOf } from '../../cli/declaration-place.ts';
import { parseDeclarations } from '../../cli/declaration-schema.ts';
import { differencesOf } from '../../cli/difference-list.ts';
import { nearestNames } from '../../cli/nearest-names.ts';

describe('differences', () => {
  it('are the smallest fields that differ', () => {
    expect(differencesOf({ a: 1, b: { c: [1, 2], d: null } }, { a: 1, b: { c: [1, 3], d: 0 }, e: 5 })).toEqual([
      { path: ['b', 'c', 1], from: 2, to: 3 },
      { path: ['b', 'd'], from: null, to: 0 },
      { path: ['e'], from: undefined, to: 5 },
    ]);
  });

  it('are whole where lists have other lengths or types differ', () => {
    expect(differencesOf({ a: [1], b: '1' }, { a: [1, 2], b: 1 })).toEqual([
      { path: ['a'], from: [1], to: [1, 2] },
      { path: ['b'], from: '1', to: 1 },
    ]);
    expect(differencesOf({ a: [{ b: {} }] }, { a: [{ b: {} }] })).toEqual([]);
  });
});

describe('declarations', () => {
  it('may be empty, or have empty sections', () => {
    const none = { slots: [], metrics: [], audiences: [], experiments: [] };
    expect(parseDeclarations(null)).toEqual({ declarations: none, flaws: [] });
    expect(parseDeclarations({ slots: null })).toEqual({ declarations: none, flaws: [] });
  });

  it.each([
    [[], 'A file is a map of "slots"'],
    [{ slot: [] }, '"slot" is no field here; did you mean "slots"?'],
    [{ slots: [{ key: 'a', champion: 'x', variants: [{ key: 'x', paylod: 1 }] }] }, '"paylod" is no field here'],
    [{ slots: [{ key: 'A', champion: 'x', variants: [{ key: 'x' }] }] }, 'key: use 1-128 of a-z'],
  ])('are refused: %j', (input, message) => {
    const { declarations, flaws } = parseDeclarations(input);
    expect(declarations).toBeNull();
    expect(flaws.map((flaw) => flaw.message).join()).toContain(message);
  });

  it('keep payloads as they are, whatever is in them', () => {
    const payload = { __proto__: null, any: [{ thing: null }], 'no field': true };
    const { declarations, flaws } = parseDeclarations({
      slots: [{ key: 'a', champion: 'x', variants: [{ key: 'x', payload }] }],
    });
    expect(flaws).toEqual([]);
    expect(declarations?.slots[0]?.variants[0]?.payload).toEqual(payload);
  });

  it('stand at a line and column, also behind an anchor', () => {
    const lines = new LineCounter();
    const document = parseDocument('a: &x\n  - b: 1\n    c: 2\nd: *x\n', { lineCounter: lines });
    const place = (...path: (string | number)[]) => {
      const { line, column } = placeOf({ file: 'f', document, lines }, path);
      return `${line}:${column}`;
    };
    expect(place('a', 0, 'c')).toBe('3:5');
    expect(place('d', 0, 'c')).toBe('3:5');
    expect(place('d', 'nowhere')).toBe('4:1');
    expect(place()).toBe('1:1');
  });
});

it('the nearest names are few, and nearest first', () => {
  const known = ['ranker', 'ranker-2', 'fraud', 'reader'];
  expect(nearestNames('rankr', known)).toEqual(['ranker']);
  expect(nearestNames('ranker-3', known)).toEqual(['ranker-2', 'ranker']);
  expect(nearestNames('frau', known)).toEqual(['fraud']);
  expect(nearestNames('zzzz', known)).toEqual([]);
});
