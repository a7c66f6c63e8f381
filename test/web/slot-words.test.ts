import { describe, expect, it } from 'vitest';
import type { BriefProgress } from '../../server/contract/home-contract.ts';
import type { ExperimentSummary } from '../../server/contract/report-contract.ts';
import { filterExperiments, listText } from '../../web/home/filter-experiments.ts';
import { causeAddress, overview, progressText, sinceText, sparklineText } from '../../web/home/home-words.ts';
import { answersSentence, championObstacle, limitText, switchLook } from '../../web/slots/slot-words.ts';
import { snippets } from '../../web/slots/snippets.ts';

const plain = (text: string) => text.replaceAll('\u202f', ' ');
const summary = (over: Partial<ExperimentSummary>): ExperimentSummary => ({
  ...{ key: 'a', name: 'A', slot: 'slot', state: 'running', mode: 'ab', units: 0, startedAt: null, concludedAt: null },
  verdict: { kind: 'keep_running', sentence: '', reasons: [] },
  ...over,
});

describe('a slot', () => {
  it('says who answers', () => {
    const say = (...open: Partial<ExperimentSummary>[]) => answersSentence({ champion: 'old' }, open.map(summary));
    expect(say()).toBe('No experiment runs: the champion “old” answers for everyone.');
    expect(say({ state: 'paused' })).toBe('Everything is paused: the champion “old” answers for everyone.');
    expect(say({ mode: 'canary' })).toBe(
      '“A” (Canary) decides who answers its units; for all others it is the champion “old”.',
    );
    expect(say({ mode: 'shadow' })).toBe(
      'The champion “old” answers for everyone; “A” (Shadow) calls its candidate beside it.',
    );
    expect(say({}, { name: 'B', mode: 'bandit' })).toMatch(/^“A” \(A\/B test\), “B” \(Bandit\) decide who/);
  });

  it('is stopped when all that is open is paused', () => {
    const look = (...states: ExperimentSummary['state'][]) =>
      switchLook(states.map((state) => summary({ state }))).label;
    expect([look(), look('paused'), look('paused', 'running')]).toEqual(['Nothing runs', 'Stopped', 'Running']);
  });

  it('keeps its champion while something compares with it', () => {
    expect(championObstacle([])).toBeNull();
    expect(championObstacle([summary({ name: 'Test' })])).toMatch(/^“Test” compares with the champion/);
  });

  it('says its limits', () => {
    expect(limitText({ timeoutMs: 60_000, fallback: null })).toBe('1 minute; then the error is thrown');
    expect(plain(limitText({ timeoutMs: 250, fallback: 'champion' }))).toBe('250 ms; then the champion is called');
  });

  it('is called by run, or by rank where it answers with a list', () => {
    const [value] = snippets({ key: 'price', output: 'value' }, 'https://a.example', 'buy');
    expect(value?.code).toContain(`assay.run('price'`);
    expect(value?.code).not.toContain('rank');
    const [ranking, , curl] = snippets({ key: 'feed', output: 'ranking' }, 'https://a.example', 'click');
    expect(ranking?.code).toContain(`assay.rank('feed'`);
    expect(ranking?.code).not.toContain('assay.run');
    expect(curl?.note).toContain('While lists are interleaved, the champion is answered.');
  });
});

describe('home', () => {
  const item = (kind: 'alarm' | 'paused' | 'decide', key = 'a') => ({
    ...{ kind, severity: 'act' as const, slot: 'place', sentence: '', since: null },
    experiment: { key, name: key },
  });

  it('sums itself up', () => {
    const counts = { slots: 1, metrics: 1, drafts: 0, running: 2, concluded: 0 };
    const running = [{ state: 'running' }, { state: 'paused' }] as never[];
    expect(overview({ attention: [item('alarm'), item('decide')], running, counts })).toBe(
      'One experiment needs a person; one runs, 1 is paused.',
    );
    expect(overview({ attention: [], running: [], counts: { ...counts, running: 0 } })).toBe(
      'Nothing needs a person; none runs.',
    );
  });

  it('leads to the cause', () => {
    expect(causeAddress(item('alarm'))).toBe('/experiments/a#health');
    expect(causeAddress(item('decide'))).toBe('/experiments/a');
    expect(causeAddress(item('paused'))).toBe('/slots/place');
  });

  it('says since when', () => {
    const zone = { timeZone: 'UTC' };
    expect(plain(sinceText('2026-03-02T10:00:00Z', '2026-03-02T10:30:00Z', zone))).toBe('Since 10:00, for 30 min');
    expect(plain(sinceText('2026-03-01T10:00:00Z', '2026-03-02T10:30:00Z', zone))).toBe(
      'Since 1 Mar 2026, 10:00, for 24.5 h',
    );
    expect(sinceText('2026-03-02T10:00:00Z', '2026-03-02T10:00:20Z', zone)).toBe('Since 10:00');
  });

  it('says how far it is on the scale of each mode', () => {
    const say = (progress: Partial<BriefProgress>) =>
      plain(progressText({ share: 0.5, unit: 'units', done: 500, of: 1000, daysLeft: null, ...progress }));
    expect(say({})).toBe('500 of 1 000 units, 50 %');
    expect(say({ daysLeft: 1.5 })).toBe('500 of 1 000 units, 50 %, about 36 h left');
    expect(say({ share: null, of: null })).toBe('500 mature units, no end planned');
    expect(say({ unit: 'steps', done: 2, of: 3 })).toBe('Step 2 of 3');
    expect(say({ unit: 'steps', share: 1, done: 3, of: 3 })).toBe('All 3 steps are complete');
    expect(say({ unit: 'seconds', done: 600, of: 3600, daysLeft: 0.03 })).toBe('10 min of 60 min');
    expect(say({ unit: 'comparisons', done: 300, of: 200 })).toBe('300 comparisons, 200 were asked for');
  });

  it('tells its small pictures in words', () => {
    const line = { from: '2026-03-02T10:00:00Z', bucketSeconds: 3600, counts: [5, 9, 0], of: 'units' as const };
    expect(sparklineText(line)).toBe('New units per hour: 14 in all, at most 9, 0 in the last.');
  });
});

describe('the list of experiments', () => {
  const all = [
    summary({ key: 'ended', state: 'concluded', name: 'Ended ranker' }),
    summary({ key: 'live', name: 'Live ranker', slot: 'feed' }),
    summary({ key: 'plan', state: 'draft', name: 'Plan' }),
  ];
  const keys = (state: Parameters<typeof filterExperiments>[1], text: string) =>
    filterExperiments(all, state, text).map(({ key }) => key);

  it('finds by all words in name, key or slot, and by state, what runs first', () => {
    expect(keys('all', '')).toEqual(['live', 'plan', 'ended']);
    expect(keys('all', 'ranker')).toEqual(['live', 'ended']);
    expect(keys('all', 'RANKER feed')).toEqual(['live']);
    expect(keys('concluded', 'ranker')).toEqual(['ended']);
    expect(keys('draft', 'ranker')).toEqual([]);
    expect([listText(all, 3), listText(all, 1)]).toEqual(['3 experiments, 1 running', '1 of 3 experiments']);
  });
});
