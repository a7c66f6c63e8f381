/**
 * Makes draw.jsonl and decisions.json. Hashes come from murmurhash3js-revisited over TextEncoder's bytes, and the rules
 * are written out here a second time, on purpose: no line of the SDK is used.
 *
 *   node sdk/vectors/make-vectors.mjs
 */
import { writeFileSync } from 'node:fs';
import murmur from 'murmurhash3js-revisited';

const RANGE = 2 ** 32;
const encoder = new TextEncoder();
const hash = (salt, unit) => murmur.x86.hash32([...encoder.encode(`${salt}:${unit}`)], 0);

/** JSON in ASCII, so that no tool on the way can change a character. */
const ascii = (value, indent) =>
  JSON.stringify(value, null, indent).replace(/[^\x00-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const write = (name, text) => writeFileSync(new URL(name, import.meta.url), text);

// Draws

const salts = ['a', 'k3f9', 'bucket', 'p7.12', '9f1c2ab84d7e', '\u00e9t\u00e9', '\u5c64', ''];
const units = [
  '', 'a', 'ab', 'abc', 'abcd', 'abcde', 'user-1', 'user-2', 'user-12345', 'User-1', 'USER-1',
  '0', '1', '01', '1.0', '1e3', '-1', '+1', '0x10', '9007199254740993', '123456789', '00000000', 'NaN', 'Infinity', 'null', 'undefined', 'true',
  '3f2504e0-4f89-41d3-9a0c-0305e82c3301', '3F2504E0-4F89-41D3-9A0C-0305E82C3301', '018f4a3e-7b1c-7c3a-9d52-6f0a1b2c3d4e', '00000000-0000-0000-0000-000000000000',
  ' ', '  ', ' user', 'user ', 'us er', '\t', '\n', '\r\n', '\u00a0', '\u2003', '\u3000', '\ufeff', '\ufeffuser',
  '\u0000', 'a\u0000b', '\u0001', '\u001f', '\u007f', '\u0080', '\u009f', '\u200b', '\u200e', '\u202e',
  'a:b', ':', '::', 'salt:unit', 'a"b', 'a\\b', "a'b", 'a/b', '<b>', '%00', '\\ud83d', 'name@example.com', '+44 20 7946 0958',
  '\u00e9', 'e\u0301', 'caf\u00e9', 'cafe\u0301', 'na\u00efve', '\u00fc', 'stra\u00dfe', '\u0130', '\u0131', '\u00df', '\u1e9e', '\u07ff', '\u0800', '\u00ff',
  '\u4f60\u597d', '\u65e5\u672c\u8a9e', '\ud55c\uad6d\uc5b4', '\u1112\u1161\u11ab', '\u7528\u62371', 'user\u7528', '\u0645\u0631\u062d\u0628\u0627', '\u05e9\u05dc\u05d5\u05dd', '\u0928\u092e\u0938\u094d\u0924\u0947', '\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35', '\u041f\u0440\u0438\u0432\u0435\u0442', '\u0393\u03b5\u03b9\u03ac',
  '\u{1f44d}', '\u{1f44d}-1', '1-\u{1f44d}', '\u{1f44d}\u{1f3fd}', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}', '\u{1f3f3}\ufe0f\u200d\u{1f308}', '\u{1f1eb}\u{1f1f7}', '\u2764\ufe0f', '\u{10000}', '\u{10ffff}', '\u{20000}\u{20001}', '\u{1d54f}', '\uffff', '\ufffe', '\ufffd', '\ue000', '\ud7ff',
  'o\u0308\u0323', '\u0301', 'Z\u0351\u036b\u0343\u036a', 'A\u030a', '\u00c5', '\u212b',
  '\ud83d', '\udc4d', 'a\ud83d', '\ud83da', '\udc4da', 'a\udc4d', '\udc4d\ud83d', '\ud83d\ud83d', '\ud83d\ud83d\udc4d', '\ud83d\udc4d\udc4d', '\ud800', '\udbff', '\udc00', '\udfff', 'abc\ud800', 'abcd\ud800ef', '\ud83d\u0000', '\ud83d\ufffd',
];
const long = ['x'.repeat(10_000), 'user-'.repeat(2000), '\u00e9'.repeat(5000), '\u65e5'.repeat(3333), '\u{1f44d}'.repeat(2500)];
const lengths = Array.from({ length: 40 }, (_, i) => 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'.slice(0, i));

const pairs = [
  ...units.flatMap((unit, i) => [salts[i % salts.length], salts[(i + 3) % salts.length]].map((salt) => ({ salt, unit }))),
  ...long.map((unit) => ({ salt: 'k3f9', unit })),
  ...lengths.map((unit, i) => ({ salt: ['s', 'sa', 'sal', 'salt'][i % 4], unit })),
];
const draws = pairs.map(({ salt, unit }) => ({ unit, salt, hash: hash(salt, unit), draw: hash(salt, unit) / RANGE }));
write('draw.jsonl', `${draws.map((line) => ascii(line)).join('\n')}\n`);

// Decisions

const split = (...arms) => {
  let sum = 0;
  return arms.map(([variant, weight], i) => {
    sum += weight;
    return { variant, upTo: i === arms.length - 1 ? RANGE : Math.round(sum * RANGE), weight };
  });
};
const phase = (id, salt, arms, more = {}) => ({ id, mode: 'ab', step: 1, salt, assignment: 'hash', split: split(...arms), ...more });
const layer = (salt, from, to) => ({ salt, from: Math.round(from * RANGE), to: Math.round(to * RANGE) });
const slot = (experiments) => ({
  output: 'value',
  champion: 'champion',
  variants: { champion: { model: 'v1' }, b: { model: 'v2' }, c: { model: 'v3' } },
  timeoutMs: 60000,
  fallback: null,
  experiments,
});
const experiment = (key, more) => ({ key, layer: layer('whole', 0, 1), targeting: [], segments: [], paused: false, ...more });
const half = [['b', 0.5], ['champion', 0.5]];
/** Bands of a canary at share `s` of at most `largest`, from an exact binary fraction so that nothing is rounded. */
const bands = (s, largest) =>
  [
    { variant: 'b', upTo: s * RANGE, weight: s, band: 'candidate' },
    { variant: 'champion', upTo: largest * RANGE, weight: 1 - s, band: 'waiting' },
    { variant: 'champion', upTo: RANGE, weight: 1 - s, band: 'control' },
  ].filter(({ upTo }, i, all) => upTo > (all[i - 1]?.upTo ?? 0));
const shadow = { referenceShare: 0.1, budgetMs: null, maxInFlight: 32, compare: { kind: 'auto', ignore: [], tolerance: 0, depth: 10 } };

const ruleset = {
  rules: 1,
  version: 7,
  environment: 'production',
  slots: {
    'no-experiment': slot([]),
    'half': slot([experiment('half', { phase: phase(1, 'ph1', half) })]),
    'three-arms': slot([experiment('three', { phase: phase(2, 'ph2', [['b', 0.2], ['c', 0.3], ['champion', 0.5]]) })]),
    'layered': slot([
      experiment('first', { layer: layer('lay1', 0, 0.3), phase: phase(3, 'ph3', half) }),
      experiment('second', { layer: layer('lay1', 0.3, 0.6), phase: phase(4, 'ph4', [['c', 0.5], ['champion', 0.5]]) }),
    ]),
    'targeted': slot([
      experiment('targeted', {
        targeting: [
          { attribute: 'country', operator: 'in', values: ['NL', 'BE'] },
          { attribute: 'age', operator: 'gte', values: [18] },
          { attribute: 'plan', operator: 'not_in', values: ['free', false] },
        ],
        layer: layer('lay2', 0, 0.8),
        phase: phase(5, 'ph5', half),
      }),
    ]),
    'below': slot([experiment('below', { targeting: [{ attribute: 'score', operator: 'lt', values: [0.5] }], phase: phase(6, 'ph6', half) })]),
    'bandit': slot([experiment('bandit', { phase: phase(7, 'ph7.12', [['b', 0.9], ['champion', 0.1]], { mode: 'bandit', step: 12 }) })]),
    'canary': slot([experiment('canary', { phase: phase(8, 'ph8', [['b', 0.25], ['champion', 0.75]], { mode: 'canary', step: 2 }) })]),
    'banded': slot([experiment('banded', { phase: { ...phase(12, 'ph12', half, { mode: 'canary', step: 3 }), split: bands(0.25, 0.5) } })]),
    'rolled-back': slot([experiment('rolled-back', { phase: { ...phase(13, 'ph12', half, { mode: 'canary', step: 9 }), split: bands(0, 0.5) } })]),
    'last-step': slot([experiment('last-step', { phase: { ...phase(14, 'ph12', half, { mode: 'canary', step: 4 }), split: bands(0.5, 0.5) } })]),
    'paused': slot([experiment('paused', { paused: true, layer: layer('lay4', 0, 0.5), phase: phase(15, 'ph15', half) })]),
    'paused-shadow': slot([experiment('paused-shadow', { paused: true, phase: phase(16, 'ph16', half, { mode: 'shadow', shadow }) })]),
    'epoch-1': slot([experiment('epochs', { phase: phase(17, 'ph17.1', half, { mode: 'bandit', step: 1 }) })]),
    'epoch-2': slot([experiment('epochs', { phase: phase(17, 'ph17.2', half, { mode: 'bandit', step: 2 }) })]),
    'contexts': slot([
      experiment('contexts', {
        segments: ['country'],
        phase: phase(18, 'ph18.5', half, {
          mode: 'bandit',
          step: 5,
          contexts: {
            attribute: 'country',
            splits: { NL: split(['b', 0.9], ['champion', 0.1]), 7: split(['b', 0.1], ['champion', 0.9]), true: split(['b', 0.2], ['champion', 0.8]) },
          },
        }),
      }),
    ]),
    'interleave': slot([experiment('interleave', { phase: phase(19, 'ph19', half, { mode: 'interleave', interleave: { depth: 10 } }) })]),
    'shadow': slot([experiment('shadow', { phase: phase(9, 'ph9', half, { mode: 'shadow', shadow }) })]),
    'external': slot([experiment('external', { phase: phase(10, 'ph10', half, { assignment: 'external' }) })]),
    'nobody': slot([experiment('nobody', { layer: layer('lay3', 0, 0), phase: phase(11, 'ph11', half) })]),
  },
};

function holds({ attribute, operator, values }, attributes) {
  const actual = attributes[attribute];
  if (actual === undefined || actual === null) return operator === 'not_in';
  if (operator === 'in') return values.some((value) => value === actual);
  if (operator === 'not_in') return values.every((value) => value !== actual);
  if (typeof actual !== 'number') return false;
  return operator === 'gte' ? actual >= values[0] : actual < values[0];
}

/** R3 to R7, slowly. */
function decide(rules, key, unit, attributes) {
  const champion = (reason) => ({ variant: 'champion', reason, propensity: 1, experiment: null, phase: null, step: 0 });
  if (rules.rules !== 1) return champion('champion');
  let reason = rules.slots[key].experiments.length === 0 ? 'champion' : 'not_targeted';
  for (const { key: name, targeting, layer: part, paused, phase: current } of rules.slots[key].experiments) {
    if (!targeting.every((rule) => holds(rule, attributes))) continue;
    const place = hash(part.salt, unit);
    if (place < part.from || place >= part.to) {
      reason = 'outside_range';
      continue;
    }
    if (paused) return champion('champion');
    if (!['ab', 'canary', 'bandit'].includes(current.mode) || current.assignment === 'external') return champion('champion');
    const value = current.contexts && attributes[current.contexts.attribute];
    const isScalar = ['string', 'number', 'boolean'].includes(typeof value);
    const ofContext = isScalar && Object.hasOwn(current.contexts.splits, String(value));
    const arm = (ofContext ? current.contexts.splits[String(value)] : current.split).find(({ upTo }) => upTo > hash(current.salt, unit));
    return { variant: arm.variant, reason: 'assigned', propensity: arm.weight, experiment: name, phase: current.id, step: current.step, ...(arm.band ? { band: arm.band } : {}) };
  }
  return champion(reason);
}

const some = ['user-1', 'user-2', 'user-3', 'user-4', 'user-5', 'user-6', 'user-7', 'user-8', '', '\u{1f44d}-1', '\ud83d', '\u65e5\u672c\u8a9e'];
const people = [
  {}, { country: 'NL', age: 18, plan: 'pro' }, { country: 'NL', age: 18 }, { country: 'NL', age: 17, plan: 'pro' }, { country: 'NL', age: '18', plan: 'pro' },
  { country: 'nl', age: 30, plan: 'pro' }, { country: 'BE', age: 40, plan: 'free' }, { country: 'BE', age: 40, plan: false }, { country: 'BE', age: 40, plan: null }, { age: 40, plan: 'pro' },
];
const countries = [{}, { country: 'NL' }, { country: 'BE' }, { country: 7 }, { country: '7' }, { country: true }, { country: null }, { country: 'toString' }, { country: 'nl' }];
const scores = [{ score: 0.49 }, { score: 0.5 }, { score: -1 }, { score: '0.1' }, { score: true }, {}];
const caseOf = (rules, name, key, unit, attributes = {}) => ({ rule: name, slot: key, unit, attributes, expect: decide(rules, key, unit, attributes) });
const every = (name, key) => some.map((unit) => caseOf(ruleset, name, key, unit));
const unknownRules = { ...ruleset, rules: 2 };

const cases = [
  ...every('R4', 'no-experiment').slice(0, 2),
  ...every('R4', 'half'),
  ...every('R4', 'three-arms'),
  ...every('R3', 'layered'),
  ...every('R3', 'nobody').slice(0, 2),
  ...every('R4b', 'bandit'),
  ...every('R5', 'canary'),
  ...['banded', 'rolled-back', 'last-step'].flatMap((key) => every('R5', key)),
  ...every('R4b', 'epoch-1'),
  ...every('R4b', 'epoch-2'),
  ...countries.flatMap((attributes) => some.slice(0, 6).map((unit) => caseOf(ruleset, 'R4b', 'contexts', unit, attributes))),
  ...every('paused', 'paused'),
  ...every('paused', 'paused-shadow').slice(0, 2),
  ...every('R4', 'interleave').slice(0, 2),
  ...every('R4', 'shadow').slice(0, 2),
  ...every('R4', 'external').slice(0, 2),
  ...people.flatMap((attributes) => ['user-1', 'user-4', 'user-7', 'user-9'].map((unit) => caseOf(ruleset, 'R6', 'targeted', unit, attributes))),
  ...scores.map((attributes) => caseOf(ruleset, 'R6', 'below', 'user-1', attributes)),
];
const refused = ['half', 'targeted'].map((key) => caseOf(unknownRules, 'R7', key, 'user-1'));
write('decisions.json', `${ascii({ ruleset, cases, unknownRules: { rules: 2, cases: refused } }, 1)}\n`);
