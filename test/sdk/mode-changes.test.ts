import { connect, type Fetch, type PhaseRules, type Ruleset, type Variant } from '@assay-ml/sdk';
import { expect, test } from 'vitest';
import { codes, quietOptions, recordingServer } from './recording-server.ts';
import { experimentOf, phaseOf, phaseOfMode, rulesetOf, slotOf, splitOf } from './rulesets.ts';

const KEYS = ['champion', 'challenger', 'third'];
const variants = Object.fromEntries(KEYS.map((key) => [key, { model: key }]));
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Numbers from a seed, 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The slot in any mode, under any champion, paused at times, with any shares. */
function anyRuleset(random: () => number, version: number): Ruleset {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const champion = pick(KEYS);
  const candidate = pick(KEYS.filter((key) => key !== champion));
  const share = random();
  const split = splitOf([candidate, share], [champion, 1 - share]);
  const modes: (() => PhaseRules)[] = [
    () => phaseOf({ id: version, split }),
    () => phaseOfMode('bandit', { id: version, step: version, split }),
    () => phaseOfMode('interleave', { id: version, split: splitOf([candidate, 0.5], [champion, 0.5]) }),
    () => {
      const [first, second] = split as [PhaseRules['split'][number], PhaseRules['split'][number]];
      return phaseOfMode('canary', {
        id: version,
        split: [
          { ...first, band: 'candidate' },
          { ...second, band: 'control' },
        ],
      });
    },
    () => {
      const compare = { kind: 'auto' as const, ignore: [], tolerance: 0, depth: 5 };
      const shadow = { referenceShare: 0.5, budgetMs: 15, maxInFlight: 1 + Math.floor(random() * 50), compare };
      return phaseOfMode('shadow', { id: version, split, shadow });
    },
  ];
  const experiments = random() < 0.1 ? [] : [experimentOf({ paused: random() < 0.15, phase: pick(modes)() })];
  return rulesetOf({ model: slotOf({ champion, variants, experiments, output: 'ranking' }) }, version);
}

test('Calls under way while the slot moves through all modes are each answered by one of its variants', async () => {
  const random = randomFrom(20_261_122);
  let version = 1;
  let ruleset = anyRuleset(random, version);
  const server = recordingServer(ruleset);
  const fetch: Fetch = (url, init) =>
    url.includes('/v1/ruleset')
      ? Promise.resolve(Response.json(ruleset, { headers: { etag: `"${version}"` } }))
      : server.fetch(url, init);
  const options = quietOptions(server, { fetch, stream: false, pollEveryMs: 100 });
  const assay = await connect(options);
  const shadowed = new Set<string>();
  const call = async (variant: Variant, { shadow }: { shadow: boolean }) => {
    expect(variant.payload).toEqual({ model: variant.key });
    if (shadow) shadowed.add(variant.key);
    await sleep(random() * 20);
    if (random() < 0.1) throw new Error(`${variant.key} failed`);
    return [variant.key, `${variant.key} 2`, 'common'];
  };
  const isItem = (item: unknown) => item === 'common' || KEYS.includes(String(item).replace(/ 2$/, ''));
  const request = async (unit: string) => {
    const isRank = random() < 0.5;
    const answer = isRank
      ? assay.rank('model', { unit }, call, { id: (item) => item }).then(({ items }) => items)
      : assay.run('model', { unit }, call).then(({ value }) => value);
    const given = await answer.catch((error: Error) => error);
    if (given instanceof Error) expect(given.message).toMatch(/^(champion|challenger|third) failed$/);
    else {
      expect(given.length).toBeGreaterThan(0);
      expect(given.every(isItem)).toBe(true);
      if (!isRank) expect(given).toEqual([given[0], `${given[0]} 2`, 'common']);
    }
    return given instanceof Error ? 'failed' : 'answered';
  };
  const requests: Promise<string>[] = [];
  const seen = new Set<number>();
  for (let i = 0; i < 1500; i++) {
    if (i % 10 === 0) {
      ruleset = anyRuleset(random, ++version);
      await sleep(20);
    }
    requests.push(request(`u${i % 300}`));
    seen.add(assay.counters().rulesetVersion);
  }
  const answers = await Promise.all(requests);
  expect(answers.filter((answer) => answer === 'answered').length).toBeGreaterThan(1000);
  expect(seen.size).toBeGreaterThan(10);
  expect(shadowed.size).toBeGreaterThan(1);
  await assay.close();
  const { dropped, decisions, sent, exposures, outcomes, impressions, comparisons } = assay.counters();
  expect({ decisions, dropped }).toEqual({ decisions: 1500, dropped: {} });
  expect(sent).toBe(exposures + outcomes + impressions + comparisons);
  expect(new Set(server.events().map(({ type }) => type)).size).toBe(4);
  expect(codes(options.problems).filter((code) => code !== 'shadow_dropped')).toEqual([]);
}, 60_000);
