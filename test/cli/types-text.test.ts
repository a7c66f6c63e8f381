import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { textType, typeOf } from '../../cli/payload-type.ts';
import { type LiveDefinitions, typesText } from '../../cli/types-text.ts';

const live: LiveDefinitions = {
  project: 'default',
  environment: 'production',
  slots: [
    {
      key: 'fraud-score',
      output: 'value',
      variants: [
        { key: 'v2', payload: { model: 'net', threshold: 0.4, gpu: true } },
        { key: 'v1', payload: { model: 'gbm', threshold: 1 } },
      ],
    },
    { key: 'feed', output: 'ranking', variants: [{ key: 'popular', payload: null }] },
  ],
  metrics: [
    { outcome: 'purchase', denominator: { outcome: 'visit' } },
    { outcome: 'click', denominator: null },
    { outcome: 'click', denominator: null },
    { outcome: 'assay.ms', denominator: null },
  ],
};

const expected = `/**
 * The slots and outcomes of project 'default', environment 'production'.
 * Written by \`assay types\`: do not edit it, write it again. \`connect<Definitions>(…)\` checks calls against it.
 */
export interface Definitions {
  slots: {
    feed: {
      output: 'ranking';
      variants: 'popular';
      payload: null;
    };
    'fraud-score': {
      output: 'value';
      variants: 'v1' | 'v2';
      payload: {
        gpu?: boolean;
        model: string;
        threshold: number;
      };
    };
  };
  outcomes: 'click' | 'purchase' | 'visit';
}
`;

describe('The module of types', () => {
  it('has slots, variants, payloads and outcomes, without those that the SDK sends by itself', () => {
    expect(typesText(live)).toBe(expected);
  });

  it('is the same text in whatever order the server answers', () => {
    const backwards = (definitions: LiveDefinitions): LiveDefinitions => ({
      ...definitions,
      slots: definitions.slots.toReversed().map((slot) => ({ ...slot, variants: slot.variants.toReversed() })),
      metrics: definitions.metrics.toReversed(),
    });
    expect(typesText(backwards(live))).toBe(expected);
  });

  it('allows any outcome while no metric names one, and no slot while there is none', () => {
    const text = typesText({ ...live, slots: [], metrics: [] });
    expect(text).toContain('slots: Record<never, never>;');
    expect(text).toContain('outcomes: string;');
  });

  it('is a module of one interface, whatever names and payloads hold', () => {
    const hostile = [
      "it's",
      'a\\',
      '*/ alert(1) /*',
      '`',
      '__proto__',
      'constructor',
      '',
      '\n',
      '\u2028',
      '\ud800',
      '1a',
      '👍',
    ];
    const text = typesText({
      project: '*/ export const a = 1; /*',
      environment: '\r\n*/',
      slots: hostile.map((key) => ({
        key,
        output: 'value',
        variants: hostile.map((variant) => ({ key: variant, payload: JSON.parse(JSON.stringify({ [key]: [key] })) })),
      })),
      metrics: hostile.map((outcome) => ({ outcome, denominator: null })),
    });
    const source = ts.createSourceFile('types.ts', text, ts.ScriptTarget.Latest, true);
    const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true });
    expect(diagnostics).toEqual([]);
    expect(source.statements.map((statement) => statement.kind)).toEqual([ts.SyntaxKind.InterfaceDeclaration]);
    const [definitions] = source.statements as unknown as [ts.InterfaceDeclaration];
    const [slots, outcomes] = definitions.members as unknown as [ts.PropertySignature, ts.PropertySignature];
    const names = (slots.type as ts.TypeLiteralNode).members.map((member) => (member.name as ts.StringLiteral).text);
    expect(names.toSorted()).toEqual(hostile.toSorted());
    expect(literals(outcomes.type!).toSorted()).toEqual(hostile.toSorted());
  });
});

const literals = (node: ts.TypeNode): string[] =>
  ts.isUnionTypeNode(node)
    ? node.types.flatMap(literals)
    : [((node as ts.LiteralTypeNode).literal as ts.StringLiteral).text];

describe('The type of payloads', () => {
  it.each<[unknown[], string]>([
    [['a', 'b'], 'string'],
    [[1, 'a', true, null], 'string | number | boolean | null'],
    [[[]], 'unknown[]'],
    [[[1], []], 'number[]'],
    [[[1, 'a'], [null]], '(string | number | null)[]'],
    [[[[1], ['a']]], '(string | number)[][]'],
    [[{}], 'Record<string, never>'],
    [[{}, { a: 1 }], '{\n  a?: number;\n}'],
    [[{ a: 1 }, { a: 'x' }, null], '{\n  a: string | number;\n} | null'],
    [[[{ a: 1 }, { b: 2 }]], '{\n  a?: number;\n  b?: number;\n}[]'],
    [[{ a: { b: [true] } }], '{\n  a: {\n    b: boolean[];\n  };\n}'],
    [[{ 'a-b': 1, '1': 2, $c: 3 }], "{\n  $c: number;\n  '1': number;\n  'a-b': number;\n}"],
  ])('%j is %s', (values, type) => {
    expect(typeOf(values)).toBe(type);
  });

  it('takes an object of many keys for a dictionary', () => {
    const weights = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`item-${i}`, i / 2]));
    expect(typeOf([weights(65)])).toBe('Record<string, number>');
    expect(typeOf([weights(64)])).toContain("'item-63': number;");
  });

  it('ends in unknown where values are nested very deep', () => {
    const deep = JSON.parse('['.repeat(5000) + ']'.repeat(5000));
    expect(typeOf([deep])).toBe(`unknown${'[]'.repeat(17)}`);
  });

  it('writes a text as itself, but what cannot be seen as an escape', () => {
    expect(textType("größe 'x' \\")).toBe("'größe \\'x\\' \\\\'");
    expect(textType('a\u202eb\u0000')).toBe("'a\\u{202e}b\\u{0}'");
  });
});
