import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packFor, root, type Stranger } from './packed.ts';

const ruleset = {
  rules: 1,
  version: 1,
  environment: 'production',
  slots: {
    score: {
      output: 'value',
      champion: 'v1',
      variants: { v1: { model: 'gbm' } },
      timeoutMs: 1000,
      fallback: null,
      experiments: [],
    },
  },
};
const decide = `
connect({ offline: true, bootstrap: ${JSON.stringify(ruleset)} }).then(async (assay) => {
  const { variant, payload, reason } = assay.decide('score', { unit: 'u' });
  const { value } = await assay.run('score', { unit: 'u' }, (chosen) => chosen.payload.model);
  await assay.close();
  tell(JSON.stringify({ variant, payload, reason, value }));
});`;
const decided = { variant: 'v1', payload: { model: 'gbm' }, reason: 'champion', value: 'gbm' };
/** Doors that run anywhere. */
const NEUTRAL = ['.', './testing'];

describe('The packed SDK in an empty folder', () => {
  let stranger: Stranger;
  let doors: string[];
  beforeAll(() => {
    stranger = packFor('sdk');
    doors = Object.keys(stranger.manifest.exports ?? {});
  }, 120_000);
  afterAll(() => stranger.remove());
  const named = (door: string) => `@assay-ml/sdk${door.slice(1)}`;

  it('holds what was built, its licence and what fixes assignment, and nothing else', () => {
    const others = stranger.files.filter((file) => !/^dist\/[\w-]+\.((js|cjs)(\.map)?|d\.ts|d\.cts)$/.test(file));
    expect(others.filter((file) => !file.startsWith('vectors/'))).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(others).toContain('vectors/decisions.json');
    expect(readFileSync(join(stranger.installed, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
    expect(stranger.manifest.dependencies).toBeUndefined();
    const repository = JSON.parse(readFileSync(join(root, 'sdk/package.json'), 'utf8'));
    expect(doors).toEqual(Object.keys(repository.exports));
  });

  it('decides in an ES module', () => {
    writeFileSync(
      join(stranger.folder, 'a.mjs'),
      `import { connect } from '@assay-ml/sdk'; const tell = console.log; ${decide}`,
    );
    expect(JSON.parse(stranger.node('a.mjs'))).toEqual(decided);
  });

  it('decides in a CommonJS module', () => {
    writeFileSync(
      join(stranger.folder, 'a.cjs'),
      `const { connect } = require('@assay-ml/sdk'); const tell = console.log; ${decide}`,
    );
    expect(JSON.parse(stranger.node('a.cjs'))).toEqual(decided);
  });

  it('opens each door to both kinds of module, with the same names', () => {
    for (const name of ['@openfeature/server-sdk', '@openfeature/core']) stranger.link(name);
    for (const door of doors) {
      const names = (expression: string) =>
        `console.log(JSON.stringify(Object.keys(${expression}).filter((name) => name !== 'default' && name !== 'module.exports').sort()))`;
      writeFileSync(join(stranger.folder, 'door.mjs'), `import * as door from '${named(door)}'; ${names('door')}`);
      writeFileSync(join(stranger.folder, 'door.cjs'), names(`require('${named(door)}')`));
      const fromEsm = JSON.parse(stranger.node('door.mjs'));
      expect(fromEsm.length, door).toBeGreaterThan(0);
      expect(JSON.parse(stranger.node('door.cjs')), door).toEqual(fromEsm);
    }
  });

  const text = `
interface Definitions {
  slots: { score: { output: 'value'; variants: 'v1'; payload: { model: string } } };
  outcomes: 'click';
}
export async function serve(): Promise<string> {
  const assay = await connect<Definitions>({ url: 'http://localhost', key: 'k' });
  const { payload } = assay.decide('score', { unit: 'u' }, { default: { key: 'v1', payload: { model: 'none' } } });
  assay.outcome('click', { unit: 'u' });
  return payload.model;
}
export async function wrong(): Promise<unknown> {
  const assay = await connect<Definitions>({ url: 'http://localhost', key: 'k' });
  // @ts-expect-error an unknown slot
  return assay.decide('scor', { unit: 'u' });
}
`;
  const { NodeNext, ESNext } = ts.ModuleKind;
  it.each([
    [
      'node16 and nodenext, as an ES module',
      'service.mts',
      { module: NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
    ],
    [
      'node16 and nodenext, as CommonJS',
      'service.cts',
      { module: NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
    ],
    ['bundler', 'service.ts', { module: ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }],
  ])(
    'has types for module resolution %s',
    (_, file, resolution) => {
      for (const name of ['@types/node', 'undici-types']) {
        if (ts.sys.directoryExists(join(stranger.folder, 'node_modules', name))) continue;
        stranger.link(name);
      }
      const imports = doors.map((door, i) => `import * as door${i} from '${named(door)}';\nexport { door${i} };\n`);
      writeFileSync(join(stranger.folder, file), `${imports.join('')}import { connect } from '@assay-ml/sdk';${text}`);
      const program = ts.createProgram([join(stranger.folder, file)], {
        ...resolution,
        target: ts.ScriptTarget.ES2022,
        lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
        strict: true,
        exactOptionalPropertyTypes: true,
        // Our declarations are checked too; those of others are their own affair.
        skipDefaultLibCheck: true,
        noEmit: true,
        types: ['node'],
        typeRoots: [join(stranger.folder, 'node_modules/@types')],
      });
      const ours = program.getSourceFiles().filter(({ fileName }) => /@assay-ml|service\./.test(fileName));
      const kind = file.endsWith('.cts') ? '.d.cts' : '.d.ts';
      expect(
        ours.filter(({ fileName }) => !fileName.includes('service.')).every(({ fileName }) => fileName.endsWith(kind)),
      ).toBe(true);
      const found = ours.flatMap((source) => [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
      ]);
      expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
    },
    60_000,
  );

  const bundle = async (code: string) => {
    const { outputFiles } = await build({
      stdin: { contents: code, resolveDir: stranger.folder },
      bundle: true,
      minify: true,
      platform: 'browser',
      format: 'iife',
      target: 'es2022',
      write: false,
      logLevel: 'silent',
    });
    return outputFiles[0]!.text;
  };

  it('runs where there is nothing of Node', async () => {
    const doorsOpen = NEUTRAL.map(
      (door, i) => `import * as door${i} from '${named(door)}'; globalThis.door${i} = door${i};`,
    );
    const code = await bundle(`${doorsOpen.join('')} import { connect } from '@assay-ml/sdk'; ${decide}`);
    let tell: (text: string) => void = () => {};
    const told = new Promise<string>((resolve) => {
      tell = resolve;
    });
    // What browsers and edge workers have in common.
    const platform = {
      crypto,
      TextEncoder,
      URL,
      setTimeout,
      clearTimeout,
      AbortController,
      AbortSignal,
      performance,
      DOMException,
    };
    runInContext(code, createContext({ ...platform, console, Response, fetch, tell }));
    expect(JSON.parse(await told)).toEqual(decided);
  });

  it('costs a bundle only what is imported: the hash alone less than 1 kB', async () => {
    const code = await bundle(`import { draw } from '@assay-ml/sdk'; globalThis.drawn = draw('salt', 'unit');`);
    const place: { drawn?: number } = {};
    runInContext(code, createContext(Object.assign(place, { TextEncoder })));
    expect(place.drawn).toBeGreaterThan(0);
    expect(gzipSync(code).length).toBeLessThan(1000);
  });
});

describe('The packed command line in an empty folder', () => {
  let stranger: Stranger;
  beforeAll(() => {
    stranger = packFor('cli');
    for (const name of Object.keys(stranger.manifest.dependencies ?? {})) stranger.link(name);
  }, 120_000);
  afterAll(() => stranger.remove());

  it('holds one program and its licence', () => {
    expect(stranger.files).toEqual(expect.arrayContaining(['LICENSE', 'dist/main.js', 'package.json']));
    expect(stranger.files.filter((file) => !/^(LICENSE|README\.md|package\.json|dist\/main\.js)$/.test(file))).toEqual(
      [],
    );
    expect(readFileSync(join(stranger.installed, 'dist/main.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('runs with the packages that it names', () => {
    const program = join(stranger.installed, stranger.manifest.bin?.assay ?? '');
    expect(stranger.node(program, '--help')).toContain('Usage: assay');
    expect(stranger.node(program, 'types', '--help')).toContain('--check');
  });
});
