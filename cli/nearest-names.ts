/** The names most like a mistyped one, at most three, nearest first; empty when none comes near. */
export function nearestNames(wanted: string, known: readonly string[]): string[] {
  const reach = Math.max(2, Math.floor(wanted.length / 3));
  return known
    .map((name) => ({ name, distance: contains(name, wanted) ? 1 : editDistance(wanted, name) }))
    .filter(({ distance }) => distance <= reach)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

const contains = (name: string, part: string): boolean => part.length >= 3 && name.includes(part);

/** Levenshtein: insertions, deletions and replacements of one character. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
