/**
 * Makes targeting.json. Who meets a rule is written out by hand, one table a rule; the order of versions comes from the
 * package semver, which stands in for semver.org. No line of the SDK is used.
 *
 *   node sdk/vectors/make-targeting.mjs
 */
import { writeFileSync } from 'node:fs';
import semver from 'semver';

const ascii = (value) =>
  JSON.stringify(value).replace(/[^\x00-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const rules = [];

/** One rule, with the values of the attribute that meet it and those that do not. */
function rule(operator, values, { meets, fails }, attribute = 'x') {
  const having = (actuals) => actuals.map((actual) => ({ [attribute]: actual }));
  // Nothing is known of the unit: only what is worded as a denial holds.
  const unknown = [{}, { [attribute]: null }, { other: 'NL' }];
  const isNegative = operator.startsWith('not_') || operator === 'contains_none';
  rules.push({
    rule: { attribute, operator, values },
    meets: [...having(meets), ...(isNegative ? unknown : [])],
    fails: [...having(fails), ...(isNegative ? [] : unknown)],
  });
}

/** A rule and the one that holds where it does not. */
function both(operator, negative, values, { meets, fails }, attribute) {
  rule(operator, values, { meets, fails }, attribute);
  rule(negative, values, { meets: fails, fails: meets }, attribute);
}

const long = 'a'.repeat(1024);
const tooLong = `${long}a`;

// Equality

both('in', 'not_in', ['NL', 'BE'], { meets: ['NL', 'BE'], fails: ['nl', 'N', 'NLBE', ' NL', '', 0, false, true, ['NL'], []] });
both('in', 'not_in', ['NL'], { meets: ['NL'], fails: ['BE', 'nl', ['NL'], 1, true] });
both('in', 'not_in', ['1', 2, true], { meets: ['1', 2, 2.0, true], fails: [1, '2', 'true', 'True', false, 0, '02', [2]] });
both('in', 'not_in', [0], { meets: [0, -0], fails: ['0', '', false, []] });
both('in', 'not_in', [''], { meets: [''], fails: [' ', 0, false] });
both('in', 'not_in', ['caf\u00e9'], { meets: ['caf\u00e9'], fails: ['cafe\u0301', 'cafe', 'CAF\u00c9'] });
both('in', 'not_in', ['x'], { meets: ['x'], fails: ['y'] }, '__proto__');
both('in', 'not_in', ['x'], { meets: ['x'], fails: ['y'] }, 'constructor');
both('in', 'not_in', ['x'], { meets: ['x'], fails: ['y'] }, 'toString');

// Strings

both('contains', 'not_contains', ['Mobile', 'Tablet'], { meets: ['Mobile', 'a Tablet b', 'MobileTablet'], fails: ['mobile', 'Mobil', '', 7, true, ['Mobile']] });
both('contains', 'not_contains', ['.'], { meets: ['.', 'a.b'], fails: ['ab'] });
both('contains', 'not_contains', ['a'], { meets: [long, tooLong], fails: ['b'.repeat(2000)] });
both('starts_with', 'not_starts_with', ['test-', 'qa-'], { meets: ['test-', 'test-1', 'qa-7'], fails: ['Test-1', 'a test-1', 'test', '', 1, ['test-1']] });
both('starts_with', 'not_starts_with', ['1'], { meets: ['1', '12'], fails: [1, 12, '21'] });
both('ends_with', 'not_ends_with', ['@example.com', '.org'], { meets: ['ann@example.com', '@example.com', 'a.org'], fails: ['ann@example.com ', 'ann@EXAMPLE.COM', 'example.com', '', false, ['a.org']] });
both('ends_with', 'not_ends_with', ['\u{1f44d}'], { meets: ['ok \u{1f44d}'], fails: ['\u{1f44e}', '\u{1f44d}\u{1f3fd}'] });

// Patterns

both('matches', 'not_matches', ['^user-\\d+$'], { meets: ['user-1', 'user-0099'], fails: ['user-', 'User-1', 'user-1 ', 'a user-1', 'user-1\n', 'user-\u0661', '', 1, ['user-1']] });
both('matches', 'not_matches', ['beta', '^internal'], { meets: ['my beta', 'beta', 'internal user'], fails: ['Beta', 'an internal user'] });
both('matches', 'not_matches', ['^.$'], { meets: ['a', '\u00e9', '\u{1f44d}'], fails: ['', 'ab', 'e\u0301', '\n'] });
both('matches', 'not_matches', ['^\\p{Lu}'], { meets: ['\u00c9t\u00e9', 'Ann', 'A'], fails: ['ann', '1A', ''] });
both('matches', 'not_matches', ['^(?:NL|BE)-[0-9]{4}$'], { meets: ['NL-1234'], fails: ['NL-12345', 'DE-1234', 'BE-12a4'] });
both('matches', 'not_matches', ['^a*$'], { meets: ['', 'a', long], fails: [tooLong, 'b'] });
both('matches', 'not_matches', ['^'], { meets: ['', 'anything', '\u{1f44d}'.repeat(512)], fails: [tooLong, '\u{1f44d}'.repeat(513), 5, false] });
both('matches', 'not_matches', ['[\\w.+\\-]@'], { meets: ['a@b', '-@'], fails: ['\u00e9@b', '@'] });

// Numbers

rule('gt', [18], { meets: [18.000001, 19, 1e300], fails: [18, 17, -19, '19', true, [19], ''] });
rule('gte', [18], { meets: [18, 19], fails: [17.999999, '18', '', true, [18]] });
rule('lt', [0.3], { meets: [0.1, -1, 0, -1e300], fails: [0.3, 0.30000000000000004, 1, '0.1', false, []] });
rule('lt', [0.30000000000000004], { meets: [0.3], fails: [0.30000000000000004] });
rule('lte', [-5], { meets: [-5, -6], fails: [-4.999, 5, '-6'] });
rule('gte', [9007199254740991], { meets: [9007199254740991, 9007199254740992], fails: [9007199254740990] });
rule('gte', [0], { meets: [0, -0, 5e-324], fails: [-5e-324] });

// Instants: 1767225600000 is 2026-01-01T00:00:00Z

const newYear = { before: ['2025-12-31', '2025-12-31T23:59:59.999Z', '2026-01-01T00:59:59+01:00', '1969-07-20', '0001-01-01', 1767225599999, 0, -1, '2025-12-31T18:59-05:00'], same: ['2026-01-01', '2026-01-01T00:00Z', '2026-01-01T01:00:00+01:00', 1767225600000, '2026-01-01T00:00:00.0009Z'], after: ['2026-01-02', '2026-01-01T00:00:00.001Z', '2026-01-01T00:00:00-00:01', 1767225600001, '9999-12-31T23:59:59Z'] };
const noInstant = ['', 'tomorrow', '2026', '2026-01', '2026-1-1', '01/01/2026', '20260101', '2026-01-01T00:00', '2026-01-01T00:00:00', '2026-01-01 00:00:00Z', '2026-02-30', '2025-02-29', '2026-13-01', '2026-00-10', '2026-01-00', '2026-01-01T24:00:00Z', '2026-01-01T10:60:00Z', '2026-01-01T23:59:60Z', '2026-01-01T10:00:00+0100', '2026-01-01T10:00:00+01', '2026-01-01T10:00:00+24:00', '2026-01-01T10:00:00z', '+002026-01-01', ' 2026-01-01', '2026-01-01 ', `2026-01-01T00:00:00.${'0'.repeat(1024)}Z`, '1767225600001', true, ['2026-01-02'], []];
for (const bound of ['2026-01-01', '2026-01-01T00:00:00Z', '2025-12-31T19:00:00-05:00', 1767225600000]) {
  rule('before', [bound], { meets: newYear.before, fails: [...newYear.same, ...newYear.after, ...noInstant] });
  rule('after', [bound], { meets: newYear.after, fails: [...newYear.same, ...newYear.before, ...noInstant] });
}
rule('after', ['2024-02-29'], { meets: ['2024-03-01'], fails: ['2024-02-29'] });

// Versions

/** As the package reads it, after what this platform adds: `1` and `1.2` are 1.0.0 and 1.2.0. */
const whole = (version) => {
  const [, prefix, core, rest] = /^(v?)([\d.]+)(.*)$/.exec(version);
  return `${prefix}${[...core.split('.'), '0', '0'].slice(0, Math.max(3, core.split('.').length)).join('.')}${rest}`;
};
const versions = ['0.0.0', '0.0.1', '0.9.9', '0.10.0', '1', '1.0', '1.0.0', 'v1.0.0', '1.0.0+build.5', '1.0.0+build.6', '1.0.0-0', '1.0.0-1', '1.0.0-2', '1.0.0-10', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.1.0', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0-RC.1', '1.0.0--', '1.0.0-1a', '1.0.0-a-b', '1-beta', '1.2-beta', '1.0.1', '1.2', '1.2.0', '1.10.0', '1.9.0', '2.0.0-alpha', '2', 'v10.0.0', '99999.0.0'];
const noVersion = ['', 'latest', 'x', '1.', '.1', '1.2.', '1.2.3.4', '01.0.0', '1.02.0', '1.0.0-01', '1.0.0-', '1.0.0-a..b', '1.0.0+', '1.0.0+a+b', '1.0.0-\u00e9', ' 1.0.0', '1.0.0 ', '1.0.0\n', '=1.0.0', 'V1.0.0', 'vv1.0.0', '-1.0.0', '1,0', '1.x', '^1.0.0', `1.0.0-${'a'.repeat(1024)}`, 1, 1.2, true, ['1.0.0']];
const orders = { semver_eq: (sign) => sign === 0, semver_gt: (sign) => sign > 0, semver_gte: (sign) => sign >= 0, semver_lt: (sign) => sign < 0, semver_lte: (sign) => sign <= 0 };
for (const version of versions) if (semver.parse(whole(version)) === null) throw new Error(`${version} is no version`);
for (const bound of ['1.0.0', '1.0.0-alpha.1', '1.0.0-beta.2', '1.0', 'v1.2.0', '1.0.0-1', '1.0.0+other']) {
  for (const [operator, holds] of Object.entries(orders)) {
    const meets = versions.filter((version) => holds(semver.compare(whole(version), whole(bound))));
    rule(operator, [bound], { meets, fails: [...versions.filter((version) => !meets.includes(version)), ...noVersion] });
  }
}
// Longer than what a double holds exactly, and so than the package takes.
rule('semver_gt', ['1.0.9007199254740993'], { meets: ['1.0.9007199254740994', '1.0.10007199254740993'], fails: ['1.0.9007199254740993', '1.0.9007199254740992', '1.0.999'] });

// Lists

both('contains_any', 'contains_none', ['beta', 7, true], { meets: [['beta'], [7], ['x', true], ['beta', 'beta'], [7, 'beta', true]], fails: [[], ['Beta'], ['7'], ['true'], [false], ['a beta'], [['beta']], 'beta', 7, true, ''] });
rule('contains_all', ['a', 'b'], { meets: [['a', 'b'], ['b', 'c', 'a'], ['a', 'a', 'b']], fails: [['a'], ['b'], [], ['ab'], ['A', 'b'], 'ab', 'a'] });
rule('contains_all', [1], { meets: [[1], [2, 1]], fails: [['1'], [], 1] });

// Existence

both('exists', 'not_exists', [], { meets: ['', 'x', 0, false, true, [], [1]], fails: [null] });
both('exists', 'not_exists', [], { meets: ['x'], fails: [null] }, '__proto__');

// Audiences

const audiences = {
  beta: [{ attribute: 'email', operator: 'ends_with', values: ['@example.com'] }, { attribute: 'version', operator: 'semver_gte', values: ['2.0.0'] }],
  europe: [{ attribute: 'country', operator: 'in', values: ['NL', 'BE', 'DE'] }],
  constructor: [{ attribute: 'country', operator: 'in', values: ['XX'] }],
  everyone: [],
  nested: [{ attribute: '', operator: 'in_audience', values: ['europe'] }],
  newer: [{ attribute: 'country', operator: 'an_operator_of_tomorrow', values: ['NL'] }],
};
const ann = { email: 'ann@example.com', version: '2.1.0', country: 'US' };
const bob = { email: 'bob@example.com', version: '1.9.0', country: 'NL' };
const cleo = { country: 'FR' };
/** [audiences named, who is in any of them]; null: the rule cannot be evaluated, and holds for nobody. */
const nobody = {};
const membership = [[['beta'], [ann]], [['europe'], [bob]], [['beta', 'europe'], [ann, bob]], [['constructor'], []], [['everyone'], [ann, bob, cleo, nobody]], [['beta', 'everyone'], [ann, bob, cleo, nobody]], [['unknown'], null], [['europe', 'unknown'], null], [['toString'], null], [['__proto__'], null], [['nested'], null], [['newer'], null], [['europe', 'newer'], null], [[7], null]];
for (const [values, members] of membership) {
  const people = [ann, bob, cleo, nobody];
  const [inside, outside] = [members ?? [], people.filter((each) => !members?.includes(each))];
  rules.push({ rule: { attribute: '', operator: 'in_audience', values }, meets: inside, fails: outside });
  const [meets, fails] = members ? [outside, inside] : [[], people];
  rules.push({ rule: { attribute: '', operator: 'not_in_audience', values }, meets, fails });
}

// What no SDK of this version can evaluate holds for nobody, be it worded as a denial or not.

const unusable = [['an_operator_of_tomorrow', ['x']], ['not_an_operator', ['x']], ['constructor', ['x']], ['__proto__', ['x']], ['IN', ['x']], ['', ['x']], ['not_gte', [1]], ['matches', ['(']], ['not_matches', ['(']], ['matches', ['\\-']], ['matches', [7]], ['contains', [7]], ['not_contains', ['x', 7]], ['gte', ['1']], ['gte', []], ['semver_gt', ['one']], ['semver_gt', [1]], ['before', ['tomorrow']], ['after', ['2026-02-30']]];
for (const [operator, values] of unusable) rules.push({ rule: { attribute: 'x', operator, values }, meets: [], fails: [{ x: 'x' }, { x: 1 }, {}] });

const lines = rules.map((each) => ascii(each)).join(',\n');
writeFileSync(new URL('targeting.json', import.meta.url), `{"audiences":${ascii(audiences)},"rules":[\n${lines}\n]}\n`);
