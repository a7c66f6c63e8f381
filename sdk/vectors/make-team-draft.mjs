/**
 * Makes team-draft.json. Written out a second time, on purpose: no line of the SDK is used.
 *
 *   node sdk/vectors/make-team-draft.mjs
 */
import { writeFileSync } from 'node:fs';
import murmur from 'murmurhash3js-revisited';

const encoder = new TextEncoder();
const draw = (salt, unit) => murmur.x86.hash32([...encoder.encode(`${salt}:${unit}`)], 0) / 2 ** 32;

/** Team draft in rounds: all teams that have an item left pick once a round, in drawn order. */
function draft(rankings, depth, unit, impression) {
  const items = [];
  const left = (team) => rankings[team].filter((item) => !items.some((each) => each.item === item));
  const all = rankings.map((_, team) => team);
  while (items.length < depth && all.some((team) => left(team).length > 0)) {
    const contested = all.every((team) => left(team).length > 0) && new Set(all.map((team) => left(team)[0])).size > 1;
    let waiting = all;
    while (items.length < depth) {
      waiting = waiting.filter((team) => left(team).length > 0);
      if (waiting.length === 0) break;
      // Drawn for a place even where one team alone may pick: the choice is then the same whatever the draw.
      const team = waiting[Math.floor(draw(impression, `${unit}.${items.length}`) * waiting.length)];
      items.push({ item: left(team)[0], team, contested });
      waiting = waiting.filter((each) => each !== team);
    }
  }
  return items;
}

const letters = (text) => [...text];
const lists = [
  [letters('abc'), letters('bca')],
  [letters('abcdef'), letters('abcdef')],
  [letters('abcdef'), letters('fedcba')],
  [letters('abcdefgh'), letters('hijklmno')],
  [letters('ab'), letters('cdefgh')],
  [letters('a'), letters('a')],
  [letters(''), letters('abc')],
  [letters('abcdef'), letters('badcfe'), letters('fabcde')],
  [letters('abcd'), letters('efgh'), letters('ijkl'), letters('aeim')],
];
const people = [
  ['user-1', 'imp-1'],
  ['user-1', 'imp-2'],
  ['user-2', 'imp-1'],
  ['\u{1f44d}-1', '018f4a3e-7b1c-7c3a-9d52-6f0a1b2c3d4e'],
  ['\ud83d', 'a:b'],
];
const cases = lists.flatMap((rankings) =>
  people.flatMap(([unit, impression]) =>
    [3, 10].map((depth) => ({ unit, impression, depth, rankings, items: draft(rankings, depth, unit, impression) })),
  ),
);
const json = JSON.stringify(cases, null, 0)
  .replaceAll('},{"unit"', '},\n{"unit"')
  .replace(/[^\x00-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
writeFileSync(new URL('team-draft.json', import.meta.url), `${json}\n`);
