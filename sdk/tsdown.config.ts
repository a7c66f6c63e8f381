import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'tsdown';

/** ESM, CommonJS and types of the one door. Platform neutral: a Node built-in in the core fails the build. */
export default defineConfig({
  entry: ['index.ts'],
  outDir: 'dist',
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2022',
  dts: true,
  // Comments belong into the types; names stay readable in a stack trace.
  minify: { mangle: false, compress: true, codegen: { removeWhitespace: false } },
  clean: true,
  fixedExtension: false,
  tsconfig: '../tsconfig.json',
  hooks: {
    'build:done': ({ options }) => {
      const name = options.format === 'cjs' ? 'index.cjs' : 'index.js';
      const code = readFileSync(new URL(`dist/${name}`, import.meta.url), 'utf8');
      if (/\b(?:from|import|require)\s*\(?\s*['"]/.test(code)) throw new Error(`dist/${name} imports something`);
      console.log(`dist/${name}: ${code.length} bytes, ${gzipSync(code).length} gzipped`);
    },
  },
});
