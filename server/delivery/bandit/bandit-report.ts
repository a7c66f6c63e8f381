import type { BanditReport } from '../../contract/bandit-contract.ts';
import type { ExperimentRow } from '../../experiments/experiment-store.ts';
import { oneArm } from './adaptive-estimates.ts';
import { type BanditPhase, renewalDue } from './bandit-phase.ts';
import {
  duration,
  openSentence,
  posteriorSentence,
  regretSentence,
  splitSentence,
  warmUpSentence,
} from './bandit-sentences.ts';
import type { BanditRows } from './bandit-store.ts';
import { inferenceOf } from './inference-report.ts';
import { type BanditPosterior, banditPosterior } from './posterior.ts';
import { regretOverTime } from './regret.ts';
import { splitValue } from './split-value.ts';

const SCALE = 'Per decision, under weights that changed: not on one scale with the numbers per unit of an A/B phase.';

/** A bandit's own part of the report: pure. */
export function banditReportOf(row: ExperimentRow, bandit: BanditPhase, rows: BanditRows): BanditReport {
  const { phase, settings, reward } = bandit;
  const { epoch, stored } = rows;
  const posterior = posteriorShown(bandit, rows);
  const all = posteriorPart(bandit, posterior, epoch.weights);
  const points = regretOverTime(rows.periods, posterior, reward.direction);
  const total = points.at(-1)?.regret ?? null;
  const decisions = stored?.result.decisions ?? 0;
  const open = decisions - (stored?.result.sums.decisions ?? 0);
  const renewing = phase.state === 'running' && row.state === 'running' && phase.startedAt !== null;
  return {
    mode: 'bandit',
    sentence: standing(row, bandit, rows, all.sentence),
    reward: rewardPart(bandit, rows.waitSeconds),
    epoch: {
      number: epoch.step,
      startedAt: epoch.startedAt.toISOString(),
      renewsAt: renewing
        ? new Date(renewalDue(phase.startedAt ?? epoch.startedAt, epoch.startedAt, settings.epochSeconds)).toISOString()
        : null,
      closed: rows.closed,
      waiting: rows.waiting,
    },
    warmUp: {
      complete: posterior.status === 'ready',
      cellsNeeded: settings.warmUpCells,
      sentence: warmUpSentence(posterior, settings),
    },
    open: {
      decisions,
      openDecisions: open,
      share: decisions === 0 ? null : open / decisions,
      sentence: openSentence(decisions, open, rows.waitSeconds),
    },
    posterior: all,
    contexts: contextsPart(bandit, rows),
    weights: rows.weights.map((point) => ({
      epoch: point.step,
      at: point.startedAt.toISOString(),
      weights: phase.split.map(({ variant, variantId }) => ({ variant, weight: point.weights[variantId] ?? 0 })),
    })),
    regret: { total, sentence: regretSentence(total) },
    overTime: points.map(({ from, cells, regret }) => {
      const n = cells.reduce((sum, each) => sum + each.n, 0);
      const arms = phase.split.map(({ variant }, arm) => {
        const cell = cells[arm] ?? { n: 0, mean: 0 };
        return { variant, cells: cell.n, share: n === 0 ? 0 : cell.n / n, mean: cell.n === 0 ? null : cell.mean };
      });
      return { at: from.toISOString(), regret, arms };
    }),
    inference: inferenceOf(phase, stored?.result ?? null),
    offPolicy: phase.split.flatMap(({ variant }, arm) => {
      if (!stored) return [];
      const value = splitValue(stored.result.sums, oneArm(phase.split.length, arm), phase.plan.level);
      return [{ variant, value: { ...value, sentence: splitSentence(`Always "${variant}"`, value) } }];
    }),
    scale: SCALE,
  };
}

/** What the weights in force were drawn from; once the phase has ended, all cells that have closed. */
function posteriorShown({ phase, settings, reward }: BanditPhase, { epoch, periods }: BanditRows): BanditPosterior {
  const rule = { ...settings, direction: reward.direction };
  const cells = phase.state === 'ended' ? periods.map((each) => each.cells) : [];
  const drawnFrom = phase.state === 'ended' ? undefined : epoch.detail.posterior;
  return drawnFrom ?? banditPosterior(cells, phase.split.length, rule);
}

function standing(row: ExperimentRow, { phase }: BanditPhase, rows: BanditRows, said: string): string {
  if (phase.state === 'ended') return `Ended in epoch ${rows.epoch.step}. ${said}`;
  if (row.state === 'paused') return `Paused in epoch ${rows.epoch.step}: everyone gets the champion. ${said}`;
  return `Epoch ${rows.epoch.step}. ${said}`;
}

function rewardPart({ phase, reward, settings }: BanditPhase, waitSeconds: number): BanditReport['reward'] {
  const cell =
    settings.posterior === 'beta_bernoulli'
      ? 'A cell (a unit in an epoch) is a success when any of its decisions was rewarded'
      : 'Rewards of a cell (a unit in an epoch) are added up';
  const allowance = phase.plan.latenessSeconds ?? waitSeconds - reward.windowSeconds;
  return {
    metric: reward.key,
    name: reward.name,
    direction: reward.direction,
    windowSeconds: reward.windowSeconds,
    latenessSeconds: waitSeconds - reward.windowSeconds,
    sentence: `${cell}; they count, success or not, ${duration(reward.windowSeconds)} after the decision and ${duration(allowance)} for late events.`,
  };
}

function contextsPart(bandit: BanditPhase, { epoch }: BanditRows): BanditReport['contexts'] {
  const { context } = bandit.settings;
  if (context === null) return null;
  const values = Object.entries(epoch.detail.contexts ?? {}).map(([value, posterior]) => ({
    value,
    ...posteriorPart(bandit, posterior, epoch.contexts?.[value] ?? epoch.weights),
  }));
  return { attribute: context, values };
}

function posteriorPart(
  { phase, settings }: BanditPhase,
  posterior: BanditPosterior,
  weights: Record<string, number>,
): BanditReport['posterior'] {
  const variants = phase.split.map((each) => each.variant);
  return {
    status: posterior.status,
    sentence: posteriorSentence(posterior, variants, settings),
    arms: phase.split.map(({ variant, variantId, control }, place) => {
      const arm = posterior.arms[place];
      return {
        variant,
        control,
        weight: weights[variantId] ?? 0,
        closedCells: arm?.cells ?? 0,
        meanAsCame: arm?.mean ?? null,
        effect: arm?.effect ?? null,
        standardDeviation: arm?.standardDeviation ?? null,
        probabilityBest: arm?.probabilityBest ?? 1 / phase.split.length,
      };
    }),
  };
}
