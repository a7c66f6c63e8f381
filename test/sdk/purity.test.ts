import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../../sdk/', import.meta.url);
/** The doors to one platform or library, and what only they use. */
const isDoor = (name: string) => /^(node|testing|openfeature)\b/.test(name);
const files = readdirSync(folder).filter(
  (name) => name.endsWith('.ts') && name !== 'tsdown.config.ts' && !isDoor(name),
);

test('The core imports nothing but its own files, and names no global of one platform only', () => {
  expect(files.length).toBeGreaterThan(20);
  for (const name of files) {
    const code = readFileSync(new URL(name, folder), 'utf8');
    const imports = [...code.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
    expect(
      imports.filter((path) => !path.startsWith('./')),
      name,
    ).toEqual([]);
    expect(code.match(/\b(?:process|Buffer|require|__dirname|window|document)\./g), name).toBeNull();
  }
});

test('There is no runtime dependency', () => {
  const manifest = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  expect(manifest.dependencies ?? {}).toEqual({});
  expect(manifest.sideEffects).toBe(false);
});
