import type { Measures } from './events.ts';

/** How much a list's depth counts in the rank-biased overlap: 0.9 puts 86 % of the weight on the first ten items. */
const PERSISTENCE = 0.9;

/**
 * Two rankings by their first `depth` item ids (repeated ids count where they come first):
 * - `agree`: the same items in the same order.
 * - `overlap`: the share of items in both, of the longer list's length; 1 when both are empty.
 * - `rbo`: rank-biased overlap, extrapolated, p = 0.9: with X_d the items common to both first d, s ≤ l the lengths,
 *   (1−p)/p · (Σ_{d=1..l} X_d/d p^d + Σ_{d=s+1..l} X_s (d−s)/(s d) p^d) + ((X_l − X_s)/l + X_s/s) p^l
 *   (Webber, Moffat and Zobel 2010, eq. 32).
 * - `tau`: Kendall's tau of the order of the items in both, −1 to 1; absent with fewer than two of them.
 * Null: the champion's answer is no list of items with ids.
 */
export function compareRankings(
  champion: readonly string[] | null,
  candidate: readonly string[] | null,
  depth: number,
): Measures | null {
  if (champion === null) return null;
  const a = [...new Set(champion)].slice(0, depth);
  if (candidate === null) return { agree: false };
  const b = [...new Set(candidate)].slice(0, depth);
  const agree = a.length === b.length && a.every((id, i) => id === b[i]);
  const placeInB = new Map(b.map((id, i) => [id, i]));
  const common = a.flatMap((id) => placeInB.get(id) ?? []);
  const longer = Math.max(a.length, b.length);
  const overlap = longer === 0 ? 1 : common.length / longer;
  const tau = kendallTau(common);
  return { agree, overlap, rbo: rankBiasedOverlap(a, b), ...(tau === null ? {} : { tau }) };
}

function rankBiasedOverlap(a: readonly string[], b: readonly string[]): number {
  const [shorter, longer] = a.length <= b.length ? [a, b] : [b, a];
  const s = shorter.length;
  const l = longer.length;
  if (s === 0) return l === 0 ? 1 : 0;
  const seen = new Set<string>();
  let common = 0;
  let commonAtS = 0;
  let sum = 0;
  let weight = 1;
  for (let d = 1; d <= l; d++) {
    weight *= PERSISTENCE;
    for (const id of [shorter[d - 1], longer[d - 1]]) {
      if (id === undefined) continue;
      if (seen.has(id)) common++;
      seen.add(id);
    }
    if (d === s) commonAtS = common;
    sum += (common / d) * weight;
    if (d > s) sum += ((commonAtS * (d - s)) / (s * d)) * weight;
  }
  const tail = ((common - commonAtS) / l + commonAtS / s) * weight;
  return Math.min(1, ((1 - PERSISTENCE) / PERSISTENCE) * sum + tail);
}

/** Of the places in one list, in the order of the other. */
function kendallTau(places: readonly number[]): number | null {
  const n = places.length;
  if (n < 2) return null;
  let discordant = 0;
  for (let i = 1; i < n; i++) for (let j = 0; j < i; j++) if (places[j]! > places[i]!) discordant++;
  return 1 - (4 * discordant) / (n * (n - 1));
}

/** Ids of a list of strings, numbers or objects with an `id`; null for anything else. */
export function idsOf(answer: unknown): string[] | null {
  if (!Array.isArray(answer)) return null;
  const ids: string[] = [];
  for (const item of answer) {
    const id: unknown = typeof item === 'object' && item !== null ? (item as { id?: unknown }).id : item;
    if (typeof id !== 'string' && typeof id !== 'number') return null;
    ids.push(String(id));
  }
  return ids;
}
