/** One line of the palette. */
export type Command = {
  id: string;
  label: string;
  /** What it is: page, experiment, slot, metric, action. */
  kind: string;
  /** Further words that find it, such as its key. */
  words: string;
  /** Where it leads; actions have `run` instead. */
  to?: string;
  run?: () => void;
};

const MOST_SHOWN = 50;

/**
 * Commands that hold every word of the query, best first. A word that starts a word of the label counts most, then one
 * inside it, then one of the key or kind, then letters of the label in their order. Recent ones come first among equals, and
 * alone stand at the top of an empty query.
 */
export function rankCommands(commands: readonly Command[], query: string, recent: readonly string[]): Command[] {
  const asked = query.toLowerCase().split(/\s+/).filter(Boolean);
  return commands
    .map((command, place) => ({ command, place, score: scoreOf(command, asked), age: ageOf(command, recent) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.age - b.age || a.place - b.place)
    .slice(0, MOST_SHOWN)
    .map(({ command }) => command);
}

function ageOf({ to }: Command, recent: readonly string[]): number {
  const age = to === undefined ? -1 : recent.indexOf(to);
  return age < 0 ? recent.length : age;
}

function scoreOf({ label, kind, words }: Command, asked: string[]): number {
  let sum = 1;
  for (const word of asked) {
    const score = wordScore(label.toLowerCase(), `${words} ${kind}`.toLowerCase(), word);
    if (score === 0) return 0;
    sum += score;
  }
  return sum;
}

function wordScore(label: string, rest: string, word: string): number {
  if (startsWord(label, word)) return 8;
  if (label.includes(word)) return 5;
  if (startsWord(rest, word)) return 4;
  if (rest.includes(word)) return 3;
  return hasInOrder(label, word) ? 1 : 0;
}

const startsWord = (text: string, word: string): boolean =>
  text.split(/[^\p{L}\p{N}]+/u).some((each) => each.startsWith(word)) || text.startsWith(word);

function hasInOrder(text: string, letters: string): boolean {
  let from = 0;
  for (const letter of letters) {
    from = text.indexOf(letter, from) + 1;
    if (from === 0) return false;
  }
  return true;
}
