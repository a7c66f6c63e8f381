import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkImports } from '../../scripts/check-imports.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-imports-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** The violations in a repository of these files. */
function check(files: Record<string, string>): string[] {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return checkImports(root);
}

describe('imports that point down', () => {
  it('are accepted', () => {
    expect(
      check({
        'sdk/index.ts': "export { hash } from './hash.ts';",
        'sdk/hash.ts': 'export const hash = 1;',
        'sdk/node.ts': "import { readFile } from 'node:fs/promises';\nimport './index.ts';\nexport { readFile };",
        'sdk/openfeature.ts': "import type { Provider } from '@openfeature/server-sdk';",
        'stats/index.ts': "import cdf from '@stdlib/stats-base-dists-normal';\nexport { cdf };",
        'server/main.ts': "import '../sdk/index.ts';\nimport '../stats/index.ts';\nimport express from 'express';",
        'server/contract/report-shape.ts': 'export interface Report {}',
        'cli/main.ts':
          "import { report } from '../server/contract/report-shape.ts';\nimport { draw } from '@assay-ml/sdk';",
        'web/app.tsx': "import type { Report } from '../server/contract/report-shape.ts';\nimport '../stats/index.ts';",
        'examples/feed.ts': "import { connect } from '@assay-ml/sdk';\nimport { join } from 'node:path';",
        'examples/demo.ts': "import '../server/main.ts';\nimport './feed.ts';",
        'test/sdk/hash.test.ts': "import '../../sdk/hash.ts';\nimport { it } from 'vitest';",
        'web/vite.config.ts': "import { join } from 'node:path';",
        'bench/main.ts': "import '../server/main.ts';",
      }),
    ).toEqual([]);
  });
});

describe('an import that points up or aside', () => {
  it.each([
    ['sdk/a.ts', "import '../stats/index.ts';", 'published alone'],
    ['sdk/a.ts', "import { readFile } from 'node:fs';", 'the core of the sdk runs outside Node too'],
    ['sdk/a.ts', "import { readFile } from 'fs';", 'the core of the sdk runs outside Node too'],
    ['sdk/a.ts', "import pg from 'pg';", 'the sdk has no dependencies'],
    ['stats/a.ts', "import pg from 'pg';", 'stats imports nothing outside itself'],
    ['stats/a.ts', "import { join } from 'node:path';", 'stats imports nothing outside itself'],
    ['server/a.ts', "import { x } from '../stats/moments.ts';", 'import from stats/index.ts'],
    ['server/a.ts', "export type { X } from '../sdk/hash.ts';", 'import from sdk/index.ts'],
    ['server/a.ts', "const x = await import('../web/app.tsx');", 'server imports nothing of web/'],
    ['cli/a.ts', "import '../server/http/errors.ts';", 'ask the server for the rest'],
    ['cli/a.ts', "import '../sdk/index.ts';", 'ask the server for the rest'],
    ['web/a.ts', "import { join } from 'node:path';", 'runs in a browser'],
    ['web/a.ts', "import { x } from '../server/contract/c.ts';", 'write "import type"'],
    ['web/a.ts', "import '../server/db/schema.ts';", 'nothing else'],
    ['web/a.ts', "import type { X } from '../server/db/schema.ts';", 'nothing else'],
    ['examples/a.ts', "import '../server/main.ts';", 'only examples/demo.ts starts the server'],
    ['examples/a.ts', "import '../sdk/index.ts';", 'import "@assay-ml/sdk"'],
    ['examples/a.ts', "import pg from 'pg';", 'the sdk and Node only'],
    ['server/a.ts', "type X = import('../test/b.ts').X;", 'only tests import test/'],
  ])('is refused: %s %s', (path, text, reason) => {
    const violations = check({ [path]: `\n${text}\n` });
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain(`${path}:2: imports "`);
    expect(violations[0]).toContain(reason);
  });

  it('is refused when only some of its names are types', () => {
    expect(check({ 'web/a.ts': "import { type X, y } from '../server/contract/c.ts';" })).toHaveLength(1);
    expect(check({ 'web/a.ts': "import { type X, type Y } from '../server/contract/c.ts';" })).toEqual([]);
  });
});

describe('an import cycle', () => {
  it('is told once, also when types alone close it', () => {
    const violations = check({
      'stats/a.ts': "import './b.ts';",
      'stats/b.ts': "import './c.ts';",
      'stats/c.ts': "import type { A } from './a.ts';",
    });
    expect(violations).toEqual([
      'stats/a.ts: is part of an import cycle (stats/a.ts → stats/b.ts → stats/c.ts → stats/a.ts): move what they share into a file that both import',
    ]);
  });
});

describe('file names and lengths', () => {
  it('are kebab-case and unique outside tests', () => {
    const violations = check({
      'stats/tTest.ts': '',
      'stats/moments.ts': '',
      'server/analysis/moments.ts': '',
      'test/stats/moments.ts': '',
      'stats/index.ts': '',
      'sdk/index.ts': '',
    });
    expect(violations.map((each) => each.split(':')[0])).toEqual(['stats/tTest.ts', 'server/analysis/moments.ts']);
  });

  it('stay below the limit, tests excepted', () => {
    const long = '\n'.repeat(301);
    const violations = check({ 'web/a.ts': long, 'test/web/a.test.ts': long, 'web/b.ts': '\n'.repeat(300) });
    expect(violations).toEqual(['web/a.ts: has 301 lines, more than 300: split it by what its parts do']);
  });
});
