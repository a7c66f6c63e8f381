import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ServerSentEvent, sseParser } from '../../sdk/sse-parser.ts';

function parseAll(pieces: string[]): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  const parse = sseParser((event) => events.push(event));
  for (const piece of pieces) parse(piece);
  return events;
}

/** Cut at the given places. */
function cut(text: string, places: number[]): string[] {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => text.slice(from, [...at, text.length][i]));
}

describe('Server-sent events', () => {
  test('carry type, data of several lines and the last id; comments come as they are', () => {
    const text =
      ': 12\n\nretry: 5\nid: "a"\nevent: version\ndata: {"v":1}\n\ndata:x\ndata:  y\ndata\n\n:\n\nevent: none\n\ndata: z\n';
    expect(parseAll([text])).toEqual([
      { type: 'comment', data: '12', id: '' },
      { type: 'version', data: '{"v":1}', id: '"a"' },
      { type: 'message', data: 'x\n y\n', id: '"a"' },
      { type: 'comment', data: '', id: '"a"' },
      // The type of an event without data is forgotten, and an event without its empty line has not come yet.
    ]);
  });

  test('a byte order mark goes, once; an id with a NUL is ignored; unknown fields too', () => {
    expect(parseAll(['', '\ufeff', 'data: a\n\n', '\ufeffdata: b\n\n', 'id: x\0\nwhat: 1\ndata: c\n\n'])).toEqual([
      { type: 'message', data: 'a', id: '' },
      { type: 'message', data: 'c', id: '' },
    ]);
  });

  test('read the same however the pieces are cut and whichever line ends are used', () => {
    const value = fc.string({ unit: fc.constantFrom('a', ':', ' ', '{', '"', 'é', '👍', '\u2028', '\u0085') });
    const event = fc.record({
      type: fc.constantFrom('version', 'patch'),
      id: value.filter((id) => !id.startsWith(' ')),
      data: fc.array(value, { minLength: 1, maxLength: 3 }),
      comment: fc.option(
        value.filter((text) => !text.startsWith(' ')),
        { nil: null },
      ),
    });
    const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
    const places = fc.array(fc.nat(10_000), { maxLength: 40 });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 5 }),
        fc.array(lineEnd, { minLength: 1, maxLength: 7 }),
        places,
        (events, ends, at) => {
          let line = 0;
          const end = () => ends[line++ % ends.length]!;
          let text = '';
          const expected: ServerSentEvent[] = [];
          let last = '';
          for (const { type, id, data, comment } of events) {
            if (comment !== null) {
              text += `: ${comment}${end()}`;
              expected.push({ type: 'comment', data: comment, id: last });
            }
            text += `id: ${id}${end()}event: ${type}${end()}`;
            for (const part of data) text += `data: ${part}${end()}`;
            // After a lone CR the first LF belongs to it; an empty line more does nothing.
            text += '\n\n';
            last = id;
            expected.push({ type, data: data.join('\n'), id });
          }
          expect(parseAll([text])).toEqual(expected);
          expect(parseAll(cut(text, at))).toEqual(expected);
        },
      ),
      { seed: 4, numRuns: 500 },
    );
  });

  test('an event that goes on without end is given up, even if its lines are empty', () => {
    const parse = sseParser(() => {});
    const lines = 'data\n'.repeat(100_000);
    expect(() => {
      for (let i = 0; i < 100; i++) parse(lines);
    }).toThrow(RangeError);
  });
});
