/** What was visited last in this browser, latest first: paths of things, not of pages that are a click away anyhow. */

const STORED = 'assay-recent';
const MOST = 8;
const things = /^\/(experiments|slots|catalogue)\/[^/]+$/;

export function recentPlaces(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? '[]');
    return Array.isArray(stored) ? stored.filter((each) => typeof each === 'string') : [];
  } catch {
    return []; // No storage, or something else in it: then nothing was visited.
  }
}

export function rememberPlace(pathname: string): void {
  if (!things.test(pathname)) return;
  const places = [pathname, ...recentPlaces().filter((each) => each !== pathname)].slice(0, MOST);
  try {
    localStorage.setItem(STORED, JSON.stringify(places));
  } catch {
    // Storage is off or full: the palette does without.
  }
}
