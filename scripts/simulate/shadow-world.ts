import type { ShadowResult } from '../../server/analysis/shadow/shadow-result.ts';
import { NO_SHADOW_RESULT } from '../../server/analysis/shadow/shadow-result.ts';
import type { RandomStream } from '../calibrate/random-stream.ts';
import { sumCollector } from './unit-sums.ts';

/** How the candidate differs from the champion. */
export interface ShadowWorld {
  /** People who come again and again, some of them often. */
  people: number;
  referenceShare: number;
  /** Mean share of decisions in which the candidate answers otherwise; the champion's own is `noise`. */
  disagreement: number;
  noise: number;
  /** Errors of the champion; those of the candidate lie above by this. One person in a hundred fails twenty times as often. */
  errors: number;
  extraErrors: number;
  /** Of the candidate's mean latency to the champion's. */
  slowness: number;
  /** Standard deviation of what is added to the true log odds: the larger the worse are predictions. */
  championBlur: number;
  candidateBlur: number;
}

export const SAME: ShadowWorld = {
  people: 5_000,
  referenceShare: 0.2,
  disagreement: 0.03,
  noise: 0.03,
  errors: 0.01,
  extraErrors: 0,
  slowness: 1,
  championBlur: 0.5,
  candidateBlur: 0.5,
};

/** What becomes of the differences with endless people. */
export const truthOf = (world: ShadowWorld) => ({
  agreement: 1 - world.disagreement,
  errorDifference: world.extraErrors,
  latencyRatio: world.slowness,
});

interface Person {
  differs: number;
  fails: number;
  failsMore: number;
  speed: number;
  odds: number;
}

/** Share of people that fail twenty times as often, and what makes the mean rate right. */
const FAILING = 0.01;
const OFTEN = 20;
const LABELLED = 0.5;

/** Decisions of one phase; `more` takes some and answers what the job would store. */
export function shadowPhase(world: ShadowWorld, random: RandomStream): { more: (decisions: number) => ShadowResult } {
  const people = Array.from({ length: world.people }, () => personOf(world, random));
  const rate = () => sumCollector(world.people, true);
  const value = () => sumCollector(world.people, false);
  const sums = {
    disagreement: rate(),
    disagreement_reference: rate(),
    disagreement_difference: value(),
    error_candidate: rate(),
    error_reference: rate(),
    error_difference: value(),
    ms_ratio: value(),
  };
  const loss = { champion: value(), candidate: value(), difference: value() };
  let [comparisons, references, labelled] = [0, 0, 0];
  const hit = (p: number): number => (random.uniform() < p ? 1 : 0);

  function decide(): void {
    // a tenth of all calls comes from one person in a hundred
    const unit = Math.floor(world.people * random.uniform() ** 2);
    const person = people[unit];
    if (!person) return;
    comparisons++;
    const differs = hit(person.differs * (world.disagreement / world.noise));
    const fails = hit(person.fails + person.failsMore);
    sums.disagreement.add(unit, differs);
    sums.error_candidate.add(unit, fails);
    if (random.uniform() < world.referenceShare) {
      references++;
      const [differsAgain, failsAgain] = [hit(person.differs), hit(person.fails)];
      sums.disagreement_reference.add(unit, differsAgain);
      sums.disagreement_difference.add(unit, differs - differsAgain);
      sums.error_reference.add(unit, failsAgain);
      sums.error_difference.add(unit, fails - failsAgain);
      const ms = () => person.speed * Math.exp(0.5 * random.normal());
      sums.ms_ratio.add(unit, world.slowness * ms(), ms());
    }
    if (random.uniform() < LABELLED) score(unit, person);
  }

  function score(unit: number, person: Person): void {
    labelled++;
    const odds = person.odds + random.normal();
    const label = hit(1 / (1 + Math.exp(-odds)));
    const lossOf = (blur: number) => {
      const predicted = odds + blur * random.normal();
      return Math.log1p(Math.exp(label === 1 ? -predicted : predicted));
    };
    const [champion, candidate] = [lossOf(world.championBlur), lossOf(world.candidateBlur)];
    loss.champion.add(unit, champion);
    loss.candidate.add(unit, candidate);
    loss.difference.add(unit, candidate - champion);
  }

  return {
    more(decisions) {
      for (let i = 0; i < decisions; i++) decide();
      const [champion, candidate, difference] = [loss.champion.sums(), loss.candidate.sums(), loss.difference.sums()];
      return {
        ...NO_SHADOW_RESULT,
        comparisons,
        units: sums.disagreement.sums().units,
        references,
        sums: Object.fromEntries(Object.entries(sums).map(([name, each]) => [name, each.sums()])),
        labels: {
          mature: comparisons,
          labelled,
          scored: labelled,
          open: 0,
          positive: null,
          losses: [{ name: 'log_loss', champion, candidate, difference }],
          auc: null,
        },
        calls: { shadowed: comparisons, dropped: 0 },
      };
    },
  };
}

/** Rates differ much between people: most never differ, some do in a third of their decisions. */
function personOf(world: ShadowWorld, random: RandomStream): Person {
  const differs = Math.min(random.beta(10 * world.noise, 10 * (1 - world.noise)), world.noise / world.disagreement);
  const often = random.uniform() < FAILING ? OFTEN : 1;
  const share = often / (1 + FAILING * (OFTEN - 1));
  return {
    differs,
    fails: world.errors * share,
    failsMore: world.extraErrors * share,
    speed: Math.exp(0.5 * random.normal()),
    odds: random.normal(),
  };
}
