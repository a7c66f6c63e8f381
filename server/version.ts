import { readFileSync } from 'node:fs';
import { fromRoot } from './repository-root.ts';

/** Version of this release, from package.json. */
export function version(): string {
  const parsed: unknown = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown';
}
