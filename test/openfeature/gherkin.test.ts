import { readdirSync, readFileSync } from 'node:fs';
import { AstBuilder, compile, GherkinClassicTokenMatcher, Parser } from '@cucumber/gherkin';
import { IdGenerator, type Pickle } from '@cucumber/messages';
import { afterEach, describe, expect, test } from 'vitest';
import { runStep } from './gherkin-steps.ts';
import { createWorld, type World } from './gherkin-world.ts';

/** Scenarios that do not hold for us, each with the reason and what is seen instead. */
const UNMET: Record<string, { because: string; seen: RegExp }> = {
  'CACHED reason': {
    because: 'no evaluation comes from a cache, each is computed, so CACHED would be untrue',
    seen: /expected 'STATIC' to be 'CACHED'/,
  },
};

interface Scenario {
  /** With the row of the examples, where it has one. */
  title: string;
  pickle: Pickle;
}

const folder = new URL('../fixtures/openfeature/', import.meta.url);

function readFeature(file: string): { feature: string; outlines: number; scenarios: Scenario[] } {
  const newId = IdGenerator.incrementing();
  const document = new Parser(new AstBuilder(newId), new GherkinClassicTokenMatcher()).parse(
    readFileSync(new URL(file, folder), 'utf8'),
  );
  const written = (document.feature?.children ?? []).flatMap(({ scenario }) => scenario ?? []);
  const rows = written.flatMap(({ examples }) => examples.flatMap(({ tableBody }) => tableBody));
  const scenarios = compile(document, file, newId).map((pickle) => {
    const row = rows.find(({ id }) => pickle.astNodeIds.includes(id));
    return { pickle, title: [pickle.name, ...(row?.cells ?? []).map(({ value }) => value || '""')].join(' | ') };
  });
  return { feature: `${file}: ${document.feature?.name}`, outlines: written.length, scenarios };
}

const features = readdirSync(folder)
  .filter((file) => file.endsWith('.feature'))
  .map(readFeature);

let world: World;
afterEach(() => world?.close());

async function run({ steps }: Pickle): Promise<void> {
  world = createWorld();
  for (const { text, argument } of steps) {
    const rows = (argument?.dataTable?.rows ?? []).map(({ cells }) => cells.map(({ value }) => value));
    await runStep(world, text, rows);
  }
}

for (const { feature, scenarios } of features) {
  describe(feature, () => {
    for (const { title, pickle } of scenarios) {
      const unmet = UNMET[pickle.name];
      if (unmet === undefined) test(title, () => run(pickle));
      else test(`${title} – does not hold: ${unmet.because}`, () => expect(run(pickle)).rejects.toThrow(unmet.seen));
    }
  });
}

test('All 46 scenarios of the specification are run, and one of them does not hold', () => {
  expect(features.map(({ outlines }) => outlines).reduce((a, b) => a + b)).toBe(46);
  const names = new Set(features.flatMap(({ scenarios }) => scenarios.map(({ pickle }) => pickle.name)));
  expect(Object.keys(UNMET).filter((name) => !names.has(name))).toEqual([]);
  expect(Object.keys(UNMET)).toHaveLength(1);
});
