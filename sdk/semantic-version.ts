/** Parts by which versions are ordered: major, minor, patch, then the fields of a pre-release. */
export type SemanticVersion = readonly string[];

const VERSION =
  /^v?(0|[1-9]\d*)(?:\.(0|[1-9]\d*)(?:\.(0|[1-9]\d*))?)?(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*))*))?(?:\+[\da-zA-Z-]+(?:\.[\da-zA-Z-]+)*)?$/;
const DIGITS = /^\d+$/;

/** Null: not a version. A leading `v` is skipped, a minor or patch left out is 0, build metadata has no order. */
export function parseVersion(text: string): SemanticVersion | null {
  const found = VERSION.exec(text);
  if (!found) return null;
  const [, major = '', minor = '0', patch = '0', preRelease] = found;
  return [major, minor, patch, ...(preRelease?.split('.') ?? [])];
}

/** Below, at or above 0 as `a` is before, equal to or after `b`: semver.org 2.0.0, item 11. Numbers of any length. */
export function compareVersions(a: SemanticVersion, b: SemanticVersion): number {
  for (let i = 0; i < a.length || i < b.length; i++) {
    const [x, y] = [a[i], b[i]];
    if (x === y) continue;
    // A release follows its pre-releases; of pre-releases that begin alike the one with more fields is the later.
    if (x === undefined) return i === 3 ? 1 : -1;
    if (y === undefined) return i === 3 ? -1 : 1;
    return compareFields(x, y);
  }
  return 0;
}

function compareFields(x: string, y: string): number {
  const isNumber = DIGITS.test(x);
  if (isNumber !== DIGITS.test(y)) return isNumber ? -1 : 1;
  // Numbers have no leading zeros: the longer is the greater.
  return (isNumber && x.length - y.length) || (x < y ? -1 : 1);
}
