import type { Verdict } from '../contract/report-contract.ts';
import { describe, headline } from './comparison-sentences.ts';
import { list } from './phrases.ts';
import type { VerdictFacts } from './verdict-facts.ts';
import { lookPhrase, nextLookReasons, waitPhrase } from './verdict-phrases.ts';

/** One row of docs/methods/verdict.md: `when` and `kind` stand there word by word. */
export interface VerdictRow {
  when: string;
  kind: Verdict['kind'];
  fits(facts: VerdictFacts): boolean;
  say(facts: VerdictFacts): [sentence: string, reasons: string[]];
}

const significant = (facts: VerdictFacts) => facts.best !== undefined || facts.worse.length > 0;
const sentences = (items: { sentence: string }[]) => items.map((each) => each.sentence);
const quoted = (names: string[]) => list([...new Set(names)].map((each) => `"${each}"`));
const control = ({ primary }: VerdictFacts) => `"${primary[0]?.control ?? 'the control'}"`;
const described = ({ primary }: VerdictFacts) => primary.map(describe);
/** Why comparisons have no test. */
const missing = ({ metrics }: VerdictFacts) => [
  ...new Set(metrics.flatMap((metric) => metric.comparisons.flatMap((each) => each.missing ?? []))),
];

/** The first row that fits is the verdict: guardrails, then the data, then what the last look concluded. */
export const VERDICT_TABLE: VerdictRow[] = [
  {
    when: 'no phase has started',
    kind: 'not_started',
    fits: ({ phase }) => phase === null,
    say: () => ['Not started: nobody is assigned yet.', ['Start it to begin assignment.']],
  },
  {
    when: 'a guardrail got worse at the last look, and is not shown to be within its margin',
    kind: 'do_not_ship',
    fits: ({ failed }) => failed.length > 0,
    say: ({ failed, alarms }) => [
      `Do not ship ${quoted(failed.map((each) => each.variant))}: a guardrail got worse.`,
      [...failed.map(describe), ...sentences(alarms)],
    ],
  },
  {
    when: 'a health check is an alarm',
    kind: 'invalid',
    fits: ({ alarms }) => alarms.length > 0,
    say: ({ alarms }) => [`Do not use these numbers: ${alarms[0]?.sentence ?? ''}`, sentences(alarms)],
  },
  {
    when: 'a primary comparison is significant, but outcomes came late or values are too skewed for its test',
    kind: 'look_closer',
    fits: (facts) => facts.doubts.length > 0 && significant(facts),
    say: (facts) => [
      `Look closer: ${facts.doubts[0]?.sentence ?? ''}`,
      [...sentences(facts.doubts), ...described(facts)],
    ],
  },
  {
    when: 'no look yet; an external phase that has ended',
    kind: 'keep_running',
    fits: ({ stage, phase }) => stage === 'none' && phase?.assignment === 'external' && phase.state === 'ended',
    say: () => ['The final numbers are being computed.', ['This takes a few seconds.']],
  },
  {
    when: 'no look yet; an external phase that runs',
    kind: 'keep_running',
    fits: ({ stage, phase }) => stage === 'none' && phase?.assignment === 'external',
    say: () => ['Assignments are being imported; the one look comes when the experiment is concluded.', []],
  },
  {
    when: 'nothing significant; the phase has ended, and a look is still to come',
    kind: 'keep_running',
    fits: (facts) => facts.phase?.state === 'ended' && facts.more && !significant(facts),
    say: () => ['Assignment has ended; the last look comes when the windows of its units have closed.', []],
  },
  {
    when: 'nothing significant; the phase ended before its last planned look, or always valid before 100 units',
    kind: 'insufficient',
    fits: (facts) => facts.phase?.state === 'ended' && facts.stage !== 'final' && !significant(facts),
    say: ({ progress }) =>
      progress?.looks.planned === null
        ? ['Stopped before 100 units were complete: too few to conclude anything.', []]
        : [
            'Stopped before its last planned look, so there is no conclusion.',
            [
              'A plan answers at its looks: stopping in between, when the numbers look good, finds differences that are not there.',
            ],
          ],
  },
  {
    when: 'no look yet',
    kind: 'keep_running',
    fits: ({ stage }) => stage === 'none',
    say: (facts) => [
      `Keep running: ${waitPhrase(facts)}.`,
      [
        ...(facts.state === 'paused' ? ['The experiment is paused: everyone gets the champion.'] : []),
        'The numbers below are live and not for decisions: they will still move.',
      ],
    ],
  },
  {
    when: 'no further look will come, and no primary comparison has a test',
    kind: 'insufficient',
    fits: ({ stage, primary }) => stage === 'final' && primary.length === 0,
    say: (facts) => ['Too little data to say anything.', missing(facts)],
  },
  {
    when: 'a challenger is better in a primary metric and worse in none, but a guardrail of it has too little data or is not shown within its margin; a look is still to come',
    kind: 'keep_running',
    fits: ({ best, unproven, more }) => best !== undefined && unproven.length > 0 && more,
    say: (facts) => [
      `Keep running: "${facts.best?.variant ?? ''}" did better at ${lookPhrase(facts)}, but ${list(facts.unproven)} cannot be judged yet.`,
      [...described(facts), ...nextLookReasons(facts)],
    ],
  },
  {
    when: 'the same, and no further look will come',
    kind: 'look_closer',
    fits: ({ best, unproven }) => best !== undefined && unproven.length > 0,
    say: (facts) => [
      `Look closer: "${facts.best?.variant ?? ''}" did better, but ${list(facts.unproven)} ${facts.unproven.length === 1 ? 'is' : 'are'} not shown to be safe.`,
      [...described(facts), 'No data about a guardrail is never a pass: collect more, or look at it by hand.'],
    ],
  },
  {
    when: 'a challenger is better in a primary metric and worse in none',
    kind: 'ship',
    fits: ({ best }) => best !== undefined,
    say: (facts) => {
      const crossed = facts.stage === 'interim' ? [`It crossed the bound of ${lookPhrase(facts)}.`] : [];
      const shipped = facts.best ? `Ship "${facts.best.variant}": ${headline(facts.best)}` : '';
      return [[shipped, ...crossed].join(' '), [...described(facts), ...facts.held.map(describe)]];
    },
  },
  {
    when: 'every challenger is worse in a primary metric',
    kind: 'do_not_ship',
    fits: ({ worse, challengers }) => worse.length > 0 && worse.length === challengers.length,
    say: (facts) => [`Do not ship: ${quoted(facts.worse)} did worse than ${control(facts)}.`, described(facts)],
  },
  {
    when: 'a look is still to come',
    kind: 'keep_running',
    fits: ({ more }) => more,
    say: (facts) => [
      `Keep running: no bound was crossed at ${lookPhrase(facts)}${facts.worse.length > 0 ? `, but by ${quoted(facts.worse)}, which did worse` : ''}.`,
      [...nextLookReasons(facts), ...described(facts), ...missing(facts)],
    ],
  },
  {
    when: 'some challenger is worse in a primary metric',
    kind: 'look_closer',
    fits: ({ worse }) => worse.length > 0,
    say: (facts) => [`Look closer: ${quoted(facts.worse)} did worse, the rest shows no difference.`, described(facts)],
  },
  {
    when: 'every primary comparison is shown to be within its margin on both sides',
    kind: 'look_closer',
    fits: ({ primary }) => primary.length > 0 && primary.every((each) => each.margin?.equivalent === true),
    say: (facts) => [
      `No difference from ${control(facts)} larger than the margin: choose by cost, speed or simplicity.`,
      described(facts),
    ],
  },
  {
    when: 'otherwise',
    kind: 'look_closer',
    fits: () => true,
    say: (facts) => [
      `No difference from ${control(facts)} was shown.`,
      [
        ...described(facts),
        ...(facts.phase?.state === 'running' && facts.phase.plan.design === 'group_sequential'
          ? ['While it runs, further looks come with a tenth of the error probability.']
          : []),
        'The intervals say which differences remain possible; decide by cost, or plan a larger test.',
      ],
    ],
  },
];
