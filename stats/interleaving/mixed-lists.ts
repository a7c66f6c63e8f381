/** An item of a ranking, by its key. */
export type Item = string;

/** A mixed list with the team (index of the ranking) that placed each item. */
export interface MixedList {
  readonly items: readonly Item[];
  readonly teams: readonly number[];
}

/** One of the lists that a mixing rule can show, with its probability. */
export interface MixedOutcome extends MixedList {
  readonly probability: number;
}

/** Enumerating more lists than this is refused. */
const MOST_OUTCOMES = 20_000;

/**
 * Every list that team draft can show, with its probability: for two rankings or, as multileaving, for more.
 *
 * Input: rankings without repeated items, the length of the list. Output: {@link MixedOutcome}s, probabilities sum to 1.
 * Error: exact but for rounding. Edges: the list ends early where no ranking has an unshown item left.
 * Source: Radlinski, Kurup, Joachims 2008; Schuth et al. 2014 for more than two. The team with the fewest picks goes
 * next, by chance among several; a team without an unshown item passes.
 * @throws RangeError if there are fewer than two rankings, an item repeats, the length is not a whole number of at least
 * 1, or there are more than 20,000 outcomes.
 * @example
 * teamDraft([['a', 'b', 'c'], ['b', 'c', 'a']], 3).length; // 4
 */
export function teamDraft(rankings: readonly (readonly Item[])[], length: number): MixedOutcome[] {
  requireRankings(rankings, length);
  let outcomes: MixedOutcome[] = [{ items: [], teams: [], probability: 1 }];
  for (let k = 0; k < length; k++) {
    const next = outcomes.flatMap((outcome) => draftNext(rankings, outcome));
    if (next.length > MOST_OUTCOMES) throw new RangeError(`length must leave at most 20000 lists, got ${length}`);
    outcomes = next;
  }
  return outcomes;
}

/** The list itself where nobody can pick, otherwise one list for each team that may be next. */
function draftNext(rankings: readonly (readonly Item[])[], outcome: MixedOutcome): MixedOutcome[] {
  const { items, teams, probability } = outcome;
  const choices = choicesOf(rankings, outcome);
  if (choices.length === 0) return [outcome];
  const share = probability / choices.length;
  return choices.map(({ team, item }) => ({ items: [...items, item], teams: [...teams, team], probability: share }));
}

/** Teams that may pick next, each with the item it picks. */
function choicesOf(
  rankings: readonly (readonly Item[])[],
  { items, teams }: MixedList,
): { team: number; item: Item }[] {
  const open = rankings.flatMap((ranking, team) => {
    const item = ranking.find((each) => !items.includes(each));
    const picks = teams.filter((each) => each === team).length;
    return item === undefined ? [] : [{ team, item, picks }];
  });
  const fewest = Math.min(...open.map(({ picks }) => picks));
  return open.filter(({ picks }) => picks === fewest);
}

/**
 * One list of team draft, as it is shown.
 *
 * Input: as {@link teamDraft}; `random`, a source of numbers from 0 to below 1, read once for each item placed.
 * Output: {@link MixedList}. Source: as {@link teamDraft}.
 * @throws RangeError as {@link teamDraft}, but for the number of outcomes.
 * @example
 * drawTeamDraft([['a', 'b'], ['b', 'c']], 2, () => 0); // { items: ['a', 'b'], teams: [0, 1] }
 */
export function drawTeamDraft(rankings: readonly (readonly Item[])[], length: number, random: () => number): MixedList {
  requireRankings(rankings, length);
  let list: MixedList = { items: [], teams: [] };
  for (let k = 0; k < length; k++) {
    const choices = choicesOf(rankings, list);
    if (choices.length === 0) break;
    const { team, item } = choices[Math.min(choices.length - 1, Math.floor(random() * choices.length))]!;
    list = { items: [...list.items, item], teams: [...list.teams, team] };
  }
  return list;
}

/**
 * The two lists that balanced interleaving can show, each with probability one half (one list where they are the same).
 *
 * Input: two rankings without repeated items, the length. Output: lists and probabilities.
 * Source: Joachims 2002; Chapelle, Joachims, Radlinski, Yue 2012, algorithm 1.
 * @throws RangeError if an item repeats or the length is not a whole number of at least 1.
 * @example
 * balancedInterleaving(['a', 'b', 'c'], ['b', 'c', 'a'], 3).map(({ items }) => items.join('')); // ['abc', 'bac']
 */
export function balancedInterleaving(
  control: readonly Item[],
  treatment: readonly Item[],
  length: number,
): { items: Item[]; probability: number }[] {
  requireRankings([control, treatment], length);
  const first = mergeInTurn(control, treatment, length);
  const second = mergeInTurn(treatment, control, length);
  if (first.every((item, index) => item === second[index])) return [{ items: first, probability: 1 }];
  return [first, second].map((items) => ({ items, probability: 0.5 }));
}

/** Both rankings read in turn, an item that is shown already being passed over. */
function mergeInTurn(first: readonly Item[], second: readonly Item[], length: number): Item[] {
  const shown = new Set<Item>();
  for (let k = 0; k < Math.max(first.length, second.length); k++) {
    for (const item of [first[k], second[k]]) if (item !== undefined && shown.size < length) shown.add(item);
  }
  return [...shown];
}

/**
 * Whom balanced interleaving credits with the clicks on a list: clicks among the first k of each ranking are counted,
 * k being the depth to which a ranking had to be read for the lowest click.
 *
 * Input: both rankings, the list that was shown, the positions (from 0) that were clicked.
 * Output: 1 where treatment has more clicks, -1 where control has, 0 for a tie.
 * Source: Chapelle, Joachims, Radlinski, Yue 2012, eq. 1.
 * @throws RangeError if a position is not one of the list.
 * @example
 * balancedCredit(['a', 'b', 'c'], ['b', 'c', 'a'], ['a', 'b', 'c'], [2]); // 1
 */
export function balancedCredit(
  control: readonly Item[],
  treatment: readonly Item[],
  shown: readonly Item[],
  clicks: readonly number[],
): -1 | 0 | 1 {
  requirePositions(clicks, shown.length);
  if (clicks.length === 0) return 0;
  const lowest = shown[Math.max(...clicks)]!;
  const depths = [control.indexOf(lowest), treatment.indexOf(lowest)].filter((rank) => rank >= 0);
  const depth = Math.min(...depths) + 1;
  const within = (ranking: readonly Item[]): number => {
    const top = ranking.slice(0, depth);
    return [...new Set(clicks)].filter((position) => top.includes(shown[position]!)).length;
  };
  return signOf(within(treatment) - within(control));
}

/**
 * Whom team draft credits: the team whose items have more clicks.
 *
 * Input: the team of each position (0 control, 1 treatment), the positions (from 0) that were clicked.
 * Output: 1 where treatment has more clicks, -1 where control has, 0 for a tie.
 * @throws RangeError if a team is not 0 or 1 or a position not one of the list.
 * @example
 * teamDraftCredit([0, 1, 0], [1]); // 1
 */
export function teamDraftCredit(teams: readonly number[], clicks: readonly number[]): -1 | 0 | 1 {
  teams.forEach((team, position) => {
    if (team !== 0 && team !== 1) throw new RangeError(`teams[${position}] must be 0 or 1, got ${String(team)}`);
  });
  requirePositions(clicks, teams.length);
  const lead = [...new Set(clicks)].reduce((sum, position) => sum + (teams[position] === 1 ? 1 : -1), 0);
  return signOf(lead);
}

function signOf(value: number): -1 | 0 | 1 {
  if (value === 0) return 0;
  return value > 0 ? 1 : -1;
}

function requirePositions(clicks: readonly number[], length: number): void {
  clicks.forEach((position, index) => {
    if (!(Number.isSafeInteger(position) && position >= 0 && position < length)) {
      throw new RangeError(`clicks[${index}] must be a position below ${length}, got ${String(position)}`);
    }
  });
}

function requireRankings(rankings: readonly (readonly Item[])[], length: number): void {
  if (rankings.length < 2) throw new RangeError(`rankings must be at least two, got ${rankings.length}`);
  rankings.forEach((ranking, index) => {
    if (new Set(ranking).size !== ranking.length) {
      throw new RangeError(`rankings[${index}] must not repeat an item, got ${ranking.join(', ')}`);
    }
  });
  if (!(Number.isSafeInteger(length) && length >= 1)) {
    throw new RangeError(`length must be a whole number of at least 1, got ${String(length)}`);
  }
}
