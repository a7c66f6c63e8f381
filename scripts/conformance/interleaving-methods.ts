import {
  type AbSensitivity,
  balancedCredit,
  balancedInterleaving,
  interleavingSensitivity,
  type MixedOutcome,
  signTest,
  teamDraft,
  teamDraftCredit,
  unitPreference,
} from '../../stats/index.ts';
import { type Answer, type CaseInput, type Method, number, numbers, pair } from './case-input.ts';

export const interleavingMethods: Record<string, Method> = {
  team_draft_and_balanced: draftAndBalanced,
  team_draft_multileave: (input) => {
    const rankings = (input.rankings as unknown[]).map(itemsOf);
    const lists = teamDraft(rankings, number(input, 'length'));
    const slots = rankings.map((_, team) =>
      expected(lists, ({ teams }) => teams.filter((each) => each === team).length),
    );
    return { ranking_probabilities: byName(lists, ({ items }) => items.join('')), expected_slots: slots };
  },
  interleaving_outcome: (input) => {
    const [winsControl, winsTreatment] = [number(input, 'wins_a'), number(input, 'wins_b')];
    const result = signTest({ winsControl, winsTreatment, ties: number(input, 'ties') });
    const ok = result.status === 'ok';
    return {
      delta_BA: ok ? result.delta : null,
      win_rate_B_excluding_ties: ok ? result.winRate : null,
      sign_test_exact_p: ok ? result.p : null,
      sign_test_z: ok ? result.z : null,
      sign_test_normal_p: ok ? result.pNormal : null,
    };
  },
  interleaving_per_user: (input) => {
    const byUser = input.impression_outcomes_by_user as CaseInput;
    const result = unitPreference(Object.keys(byUser).map((user) => numbers(byUser, user)));
    const { test, signs } = result;
    const ok = test.status === 'ok';
    return {
      mean_of_user_means: test.status === 'insufficient' ? undefined : test.estimate,
      t: ok ? test.statistic : null,
      df: ok ? test.degreesOfFreedom : null,
      p_two_sided: ok ? test.p : null,
      ci95: ok ? pair(test.interval) : null,
      impression_level_ratio: result.perImpression,
      impression_level_delta_se: result.perImpressionError,
      user_sign:
        signs.status === 'ok'
          ? { wins_b: signs.winsTreatment, wins_a: signs.winsControl, ties: signs.ties, exact_p: signs.p }
          : null,
    };
  },
  interleaving_vs_ab_sensitivity: (input) => {
    const relevance = input.relevance as CaseInput;
    const byRelevance = (key: string) => {
      const probabilities = numbers(input, key);
      return (item: string): number => probabilities[number(relevance, item)]!;
    };
    const model = { click: byRelevance('click_prob_by_relevance'), stop: byRelevance('stop_prob_by_relevance') };
    const plan = { alpha: number(input, 'alpha'), power: number(input, 'power') };
    const [a, b] = [itemsOf(input.A), itemsOf(input.B)];
    const result = interleavingSensitivity(a, b, number(input, 'length'), model, plan);
    return {
      team_draft_mean_credit_to_B: result.meanCredit,
      team_draft_variance: result.variance,
      P_B_wins: result.treatmentWins,
      P_A_wins: result.controlWins,
      P_tie: result.ties,
      impressions_td_80pct: result.impressions,
      ab_ctr: comparison(result.clickThrough),
      ab_clicks: comparison(result.clicks),
      ab_mrr: comparison(result.reciprocalRank),
    };
  },
};

function comparison({ difference, impressions, timesTeamDraft }: AbSensitivity): Answer {
  return { difference, impressions_total_80pct: impressions, ratio_ab_over_td: timesTeamDraft };
}

function itemsOf(value: unknown): string[] {
  return typeof value === 'string' ? [...value] : (value as unknown[]).map(String);
}

/** Sums of probability under a name. */
function byName<T extends { probability: number }>(outcomes: readonly T[], name: (each: T) => string): Answer {
  const sums: Record<string, number> = {};
  for (const each of outcomes) sums[name(each)] = (sums[name(each)] ?? 0) + each.probability;
  return sums;
}

function expected<T extends { probability: number }>(outcomes: readonly T[], value: (each: T) => number): number {
  return outcomes.reduce((sum, each) => sum + each.probability * value(each), 0);
}

/** The credit that control gets: the ground truth counts for A. */
type Credit<T> = (list: T, clicks: readonly number[]) => number;

function draftAndBalanced(input: CaseInput): Answer {
  const [a, b] = [itemsOf(input.A), itemsOf(input.B)];
  const length = number(input, 'length');
  const draft = teamDraft([a, b], length);
  const balanced = balancedInterleaving(a, b, length);
  const draftCredit: Credit<MixedOutcome> = ({ teams }, clicks) => -teamDraftCredit(teams, clicks);
  const balanceCredit: Credit<{ items: string[] }> = ({ items }, clicks) => -balancedCredit(a, b, items, clicks);
  const letters = (teams: readonly number[]): string => teams.map((team) => 'AB'[team]).join('');
  const clickOnly = [...new Set([...a, ...b])].map((item) => [
    item,
    {
      team_draft_expected_credit: creditOfItem(draft, draftCredit, item),
      balanced_expected_credit: creditOfItem(balanced, balanceCredit, item),
    },
  ]);
  return {
    ranking_probabilities: byName(draft, ({ items }) => items.join('')),
    ranking_team_probabilities: byName(draft, ({ items, teams }) => `${items.join('')}|${letters(teams)}`),
    expected_slots_A: expected(draft, ({ teams }) => teams.filter((team) => team === 0).length),
    ...underRandomClicks(draft, draftCredit),
    balanced: {
      ranking_probabilities: byName(balanced, ({ items }) => items.join('')),
      ...underRandomClicks(balanced, balanceCredit),
    },
    click_only_on: Object.fromEntries(clickOnly),
  };
}

interface Shown {
  readonly items: readonly string[];
  readonly probability: number;
}

function creditOfItem<T extends Shown>(lists: readonly T[], credit: Credit<T>, item: string): number {
  return expected(lists, (list) => (list.items.includes(item) ? credit(list, [list.items.indexOf(item)]) : 0));
}

function underRandomClicks<T extends Shown>(lists: readonly T[], credit: Credit<T>): Answer {
  const oneClick = expected(lists, (list) => {
    return list.items.reduce((sum, _, position) => sum + credit(list, [position]), 0) / list.items.length;
  });
  const share = (sign: number): number =>
    expected(lists, (list) => {
      const patterns = Array.from({ length: 2 ** list.items.length }, (_, bits) =>
        list.items.flatMap((__, position) => ((bits >> position) & 1 ? [position] : [])),
      );
      return patterns.filter((clicks) => Math.sign(credit(list, clicks)) === sign).length / patterns.length;
    });
  return {
    expected_credit_one_uniform_click: oneClick,
    random_clicks_p_half: { P_A_wins: share(1), P_B_wins: share(-1), P_tie: share(0) },
  };
}
