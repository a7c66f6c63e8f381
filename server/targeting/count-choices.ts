/**
 * In how many ways, at most, a pattern can take one text, leaving its unbounded repetitions aside: what a backtracking
 * engine may try however short the input. `(?:a|a)(?:a|a)` has 4, `(?:a?){25}` about 2^25. Infinity past all counting.
 * The pattern must be valid under the flag `u`, with no other special group than `(?:…)`.
 */
export function countChoices(pattern: string): number {
  const tokens = pattern.match(TOKEN) ?? [];
  let at = 0;

  function alternatives(): number {
    let sum = sequence();
    while (tokens[at] === '|') {
      at++;
      sum += sequence();
    }
    return sum;
  }

  function sequence(): number {
    let product = 1;
    while (at < tokens.length && tokens[at] !== '|' && tokens[at] !== ')') product *= repeated(atom());
    return product;
  }

  function atom(): number {
    const token = tokens[at++] ?? '';
    if (token !== '(' && token !== '(?:') return 1;
    const inside = alternatives();
    at++;
    return inside;
  }

  function repeated(once: number): number {
    const token = tokens[at] ?? '';
    if (!QUANTIFIER.test(token)) return once;
    at++;
    const [least, most] = bounds(token);
    return most === null ? once ** Math.max(1, least) : (most - least + 1) * once ** most;
  }

  return alternatives();
}

const TOKEN =
  /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|[\s\S])|\[(?:\\[\s\S]|[^\]\\])*\]|\(\?:|(?:[*+?]|\{\d+(?:,\d*)?\})\??|[\s\S]/g;
const QUANTIFIER = /^(?:[*+?]|\{\d)/;

/** The least and most repetitions; null: no most. */
function bounds(quantifier: string): [number, number | null] {
  if (quantifier.startsWith('?')) return [0, 1];
  if (quantifier.startsWith('*')) return [0, null];
  if (quantifier.startsWith('+')) return [1, null];
  const [least = 0, most] = quantifier.replace(/[{}?]/g, '').split(',');
  if (most === undefined) return [Number(least), Number(least)];
  return [Number(least), most === '' ? null : Number(most)];
}
