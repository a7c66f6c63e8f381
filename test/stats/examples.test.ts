import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import * as stats from '../../stats/index.ts';
import { differenceFrom } from './example-value.ts';

const folder = fileURLToPath(new URL('../../stats/', import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

interface Example {
  readonly name: string;
  readonly path: string;
  /** Code, each piece ended by the comment that states its value. */
  readonly steps: readonly { readonly code: string; readonly value: string }[];
  readonly unstated: string;
}

const examples = files.flatMap((path) => examplesOf(path, readFileSync(folder + path, 'utf8')));

function examplesOf(path: string, source: string): Example[] {
  const blocks = source.matchAll(/@example\n([\s\S]*?) \*\/\n(?:export )?(?:async )?\w+ (\w+)/g);
  return [...blocks].map((block) => {
    const lines = block[1]!.split('\n').map((line) => line.replace(/^ \* ?/, ''));
    return { name: block[2]!, path, ...stepsOf(lines) };
  });
}

function stepsOf(lines: readonly string[]): Pick<Example, 'steps' | 'unstated'> {
  const steps: { code: string; value: string }[] = [];
  let code = '';
  for (const line of lines) {
    const [before = '', value] = line.split(/(?:^| )\/\/ /);
    code += `${before}\n`;
    if (value === undefined) continue;
    // a comment that goes on in the next line
    if (code.trim() === '' && steps.length > 0) steps.at(-1)!.value += ` ${value}`;
    else steps.push({ code, value });
    code = '';
  }
  return { steps, unstated: code.trim() };
}

describe('the examples of the docstrings', () => {
  it('are found', () => {
    expect(examples.length).toBeGreaterThan(100);
  });

  it.each(examples)('$name gives what its comment says', async ({ path, steps, unstated }) => {
    expect(unstated, 'code without a comment that states its value').toBe('');
    const own = await import(folder + path);
    const context = createContext({ ...own, ...stats });
    for (const { code, value } of steps) {
      const { code: script } = transformSync(code, { loader: 'ts' });
      expect(differenceFrom(value, runInContext(script, context)), code).toBeNull();
    }
  });
});

describe('the comparison with a comment', () => {
  it.each([
    ['0.133...', 0.1339, null],
    ['0.133...', 0.1341, '0.133..., got 0.1341'],
    ['-2.5...e-7', -2.54e-7, null],
    ['-2.5...e-7', 2.54e-7, '-2.5...e-7, got 2.54e-7'],
    ['1', 1.01, '1, got 1.01'],
    ['[1, 2]', [1, 2], null],
    ['[1, 2]', [1, 2, 3], '2 items written, 3 found'],
    ["{ a: 'x', ... }", { a: 'x', b: 1 }, null],
    ["{ a: 'x' }", { a: 'x', b: 1 }, 'fields not written: b'],
    ['{ a: null }', { a: 0 }, 'a: null, got 0'],
    ['0.5 or so', 0.5, '"or so" after the value is not understood'],
  ])('%s against %j', (comment, actual, problem) => {
    expect(differenceFrom(comment, actual)).toBe(problem);
  });
});
