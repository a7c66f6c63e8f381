import fc from 'fast-check';

/** Events around every limit of the wire: most are valid, and `mutated` ones break one field. */

const text = fc.oneof(
  { weight: 20, arbitrary: fc.string({ minLength: 1, maxLength: 20 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }) },
  // Around the limits, in characters of one to four bytes.
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('a', 'é', '漢', '👍', '\ud800'),
        fc.constantFrom(16, 21, 22, 32, 42, 43, 63, 64, 65, 85, 86, 127, 128, 129, 255, 256, 257),
      )
      .map(([character, length]) => character.repeat(length)),
  },
);
const scalar = fc.oneof(text, fc.double(), fc.integer(), fc.boolean(), fc.constant(''));
// The schema library drops a key "__proto__" unseen, where the intake stores it like any other.
const key = text.filter((name) => name !== '__proto__');
const scalars = fc.oneof(
  fc.dictionary(key, scalar, { maxKeys: 6 }),
  fc
    .integer({ min: 30, max: 34 })
    .map((size) => Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, i]))),
  // {"k":"…"} is 8 bytes longer than its string: around 2,048 bytes in all.
  fc.integer({ min: 2036, max: 2044 }).map((length) => ({ k: 'x'.repeat(length) })),
  fc.integer({ min: 1014, max: 1024 }).map((length) => ({ k: '"'.repeat(length) })),
);
const time = fc.oneof(
  { weight: 15, arbitrary: fc.integer({ min: 0, max: 2e12 }) },
  fc.double(),
  fc.constantFrom(253_402_300_799_999, 253_402_300_800_000, -1, 1.5),
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }).map((date) => date.toISOString()),
  fc.constantFrom(
    '2026-02-28T10:00:00Z',
    '2026-02-29T10:00:00Z',
    '2024-02-29T23:59:59.123456+05:30',
    '2026-04-31T10:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T10:00Z',
    '2026-01-01T10:00:00',
    '2026-01-01 10:00:00Z',
    '2026-01-01t10:00:00z',
    '0000-02-29T00:00:00Z',
    '1900-02-29T00:00:00-23:59',
    '2026-01-01T10:00:00+24:00',
    '2026-01-01',
  ),
);
const count = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 1000 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, -1, 1.5, 2_147_483_647, 2_147_483_648) },
);
const value = fc.oneof(
  { weight: 12, arbitrary: fc.double({ noNaN: true, min: -1, max: 1 }) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.constantFrom(1e15, -1e15, 1.1e15, 0, -0, 1) },
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 4 });

const where = { slot: text, phase: count, step: count };
const exposure = fc.record(
  {
    type: fc.constant('exposure'),
    unit: text,
    ...where,
    variant: text,
    band: optional(fc.constantFrom('candidate', 'control', 'waiting', 'other')),
    at: time,
    decision: text,
    propensity: fc.oneof(fc.double({ noNaN: true, min: 0, max: 1 }), fc.constantFrom(0, 1, 1.01, -0.1)),
    ruleset: count,
    source: fc.constantFrom('hash', 'sticky', 'external'),
    call: optional(fc.boolean()),
    attributes: optional(scalars),
  },
  {
    requiredKeys: [
      'type',
      'unit',
      'slot',
      'phase',
      'step',
      'variant',
      'at',
      'decision',
      'propensity',
      'ruleset',
      'source',
    ],
  },
);
const outcome = fc.record(
  {
    type: fc.constant('outcome'),
    unit: text,
    name: text,
    at: time,
    value,
    decision: optional(text),
    impression: optional(text),
    item: optional(text),
    properties: optional(scalars),
  },
  { requiredKeys: ['type', 'unit', 'name', 'at'] },
);
const item = fc.record({ id: text, team: text, contested: fc.boolean() });
const impression = fc.record(
  {
    type: fc.constant('impression'),
    unit: text,
    ...where,
    impression: text,
    at: time,
    ruleset: count,
    items: fc.oneof(
      { weight: 9, arbitrary: fc.array(item, { maxLength: 3 }) },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom(1000, 1001)
          .map((n) => Array.from({ length: n }, () => ({ id: 'i', team: 't', contested: true }))),
      },
    ),
    depth: fc.oneof(count, fc.constantFrom(10, 1000, 1001)),
    degraded: optional(fc.record({ cause: text, variant: text })),
  },
  { requiredKeys: ['type', 'unit', 'slot', 'phase', 'step', 'impression', 'at', 'ruleset', 'items', 'depth'] },
);
const call = fc.record(
  {
    ms: fc.oneof(fc.double({ min: 0, max: 1e4, noNaN: true }), value),
    status: fc.constantFrom('ok', 'ok', 'ok', 'error', 'timeout', 'cancelled', 'lost'),
    score: optional(value),
    label: optional(fc.oneof(text, value, fc.boolean())),
  },
  { requiredKeys: ['ms', 'status'] },
);
const measures = fc.oneof(
  { weight: 5, arbitrary: fc.dictionary(key, fc.oneof(value, fc.boolean()), { maxKeys: 4 }) },
  { weight: 1, arbitrary: scalars },
);
const nested = (levels: number) => {
  let json: unknown = 'deep';
  for (let i = 0; i < levels; i++) json = i % 2 ? [json] : { json };
  return json;
};
const comparison = fc.record(
  {
    type: fc.constant('comparison'),
    unit: text,
    slot: text,
    phase: count,
    decision: text,
    at: time,
    champion: call,
    candidate: call,
    reference: optional(call),
    measures,
    measuresReference: optional(measures),
    attributes: optional(scalars),
    example: fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(15, 16, 17).map(nested),
      fc.constantFrom('a\0b', { 'a\0': 1 }, { a: ['\0'] }, 'x'.repeat(2046), 'x'.repeat(2047)),
    ),
  },
  { requiredKeys: ['type', 'unit', 'slot', 'phase', 'decision', 'at', 'champion', 'candidate', 'measures'] },
);

export const event: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  { weight: 2, arbitrary: exposure },
  { weight: 2, arbitrary: outcome },
  { weight: 2, arbitrary: impression },
  { weight: 3, arbitrary: comparison },
);

const anything = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    '',
    'x\0y',
    Number.NaN,
    Infinity,
    -Infinity,
    0,
    1,
    -1,
    1e16,
    true,
    [],
    {},
    'outcome',
    'nonsense',
  ),
  fc.string(),
  fc.double(),
  fc.array(fc.integer(), { maxLength: 2 }),
  fc.record({ a: fc.oneof(fc.constant(null), fc.record({ b: fc.integer() }), fc.string()) }),
);

/** A generated event with up to two fields replaced by anything, removed, or added. */
export const mutated: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(event, fc.array(fc.tuple(fc.nat(), anything), { minLength: 1, maxLength: 2 }))
  .map(([original, changes]) => {
    const changed: Record<string, unknown> = { ...original };
    const names = [...Object.keys(original), 'somethingElse'];
    for (const [n, replacement] of changes) changed[names[n % names.length] ?? ''] = replacement;
    return changed;
  });
