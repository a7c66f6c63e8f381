import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'tsdown';

/** What each door of the package may import besides its own files: the core and the testing kit run anywhere. */
const DOORS: Record<string, RegExp | null> = {
  index: null,
  sticky: null,
  testing: null,
  node: /^node:/,
  openfeature: /^@openfeature\//,
};

const IMPORTS = /\b(?:from|import)\s*["']([^"']+)["']|\b(?:require|import)\(\s*["'`]([^"'`]+)["'`]/g;

const here = (path: string) => new URL(path, import.meta.url);

/** ESM, CommonJS and types of all doors, which share their files: a client and its parts are there once. */
export default defineConfig({
  entry: Object.keys(DOORS)
    .map((door) => `${door}.ts`)
    .filter((file) => existsSync(here(file))),
  outDir: 'dist',
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2022',
  dts: true,
  external: [/^node:/, /^@openfeature\//],
  // Comments belong into the types; the names of a stack trace are in the source maps.
  minify: true,
  sourcemap: true,
  clean: true,
  fixedExtension: false,
  tsconfig: '../tsconfig.json',
  hooks: {
    'build:done': ({ options }) => {
      const extension = options.format === 'cjs' ? 'cjs' : 'js';
      for (const [door, allowed] of Object.entries(DOORS)) {
        if (existsSync(here(`dist/${door}.${extension}`))) tellSize(door, extension, allowed);
      }
    },
  },
});

/** Fails the build when a door, or a file behind it, imports what it must not. */
function tellSize(door: string, extension: string, allowed: RegExp | null): void {
  const files = new Map<string, string>();
  const read = (file: string) => {
    if (files.has(file)) return;
    const code = readFileSync(here(`dist/${file}`), 'utf8');
    files.set(file, code);
    for (const [, from, called] of code.matchAll(IMPORTS)) {
      const specifier = from ?? called ?? '';
      if (specifier.startsWith('./')) read(specifier.slice(2));
      else if (!allowed?.test(specifier)) throw new Error(`dist/${file} imports ${specifier}`);
    }
  };
  read(`${door}.${extension}`);
  const bytes = [...files.values()].map((code) => gzipSync(code).length).reduce((a, b) => a + b, 0);
  console.log(`${door}.${extension}: ${files.size} files, ${bytes} bytes gzipped`);
}
