import { distributionShift, limitsOfAgreement } from '../../../stats/index.ts';
import type { ShadowReport } from '../../contract/shadow-contract.ts';
import { driftOf } from './drift-report.ts';
import { type EstimateKind, type ShadowDesign, shadowDesign, shadowEstimate } from './shadow-estimate.ts';
import { labelsReport, type ShadowPhase } from './shadow-labels.ts';
import type { ShadowQuantity, ShadowResult, UnitSums } from './shadow-result.ts';
import {
  agreementSentence,
  errorSentence,
  latencySentence,
  scoreSentence,
  shadowSentence,
} from './shadow-sentences.ts';

/** What the report of a shadow phase says, from the sums that the job stored: pure. */
export function shadowReportOf(
  phase: ShadowPhase,
  { computedAt, result }: { computedAt: Date | null; result: ShadowResult },
): ShadowReport {
  const { gate, referenceShare } = phase.settings;
  const design = shadowDesign(phase.level, gate, referenceShare);
  const agreement = agreementOf(result, design);
  return {
    mode: 'shadow',
    computedAt: computedAt?.toISOString() ?? null,
    sentence: shadowSentence(result, agreement),
    level: design.level,
    comparisons: result.comparisons,
    units: result.units,
    references: result.references,
    calls: callsOf(result),
    agreement: { sentence: agreementSentence(agreement), ...agreement },
    measures: measuresOf(result, design),
    scores: scoresOf(result, design),
    latency: latencyOf(result, design),
    errors: errorsOf(result, design),
    drift: driftOf(result),
    segments: result.segments.map(({ attribute, value, disagreement }) => ({
      attribute,
      value,
      disagreement: shadowEstimate(disagreement, 'rate', design),
    })),
    labels: labelsReport(phase, result.labels, design),
    examples: result.examples.map((each) => ({ ...each, at: new Date(each.at).toISOString() })),
  };
}

/** Where the champion was called twice. */
const ofReference = ({ level, tunedToReference }: ShadowDesign) => ({ level, tunedTo: tunedToReference });

type Estimator = (quantity: ShadowQuantity, kind: EstimateKind) => ReturnType<typeof shadowEstimate>;

const pairedOf =
  ({ sums }: ShadowResult, design: ShadowDesign): Estimator =>
  (quantity, kind) =>
    shadowEstimate(sums[quantity], kind, ofReference(design));

function agreementOf({ sums }: ShadowResult, design: ShadowDesign) {
  const of = (found: UnitSums | undefined) => found && complement(found);
  const difference = sums.disagreement_difference;
  return {
    candidate: shadowEstimate(of(sums.disagreement), 'rate', design),
    noiseFloor: shadowEstimate(of(sums.disagreement_reference), 'rate', ofReference(design)),
    difference: shadowEstimate(difference && negative(difference), 'rate_difference', ofReference(design)),
  };
}

/** Sums of 1 - value. */
export function complement(sums: UnitSums): UnitSums {
  return {
    ...sums,
    up: sums.down,
    down: sums.up,
    upUnits: sums.downUnits,
    downUnits: sums.upUnits,
    mean: sums.divisorMean - sums.mean,
    squares: Math.max(0, sums.squares - 2 * sums.products + sums.divisorSquares),
    products: sums.divisorSquares - sums.products,
  };
}

/** Sums of the values with the other sign. */
export function negative(sums: UnitSums): UnitSums {
  return {
    ...sums,
    up: sums.down,
    down: sums.up,
    upUnits: sums.downUnits,
    downUnits: sums.upUnits,
    mean: 0 - sums.mean,
    products: 0 - sums.products,
  };
}

function callsOf({ calls: { shadowed, dropped } }: ShadowResult): ShadowReport['calls'] {
  const all = shadowed + dropped;
  return { shadowed, dropped, droppedShare: all > 0 ? dropped / all : null };
}

/** Booleans are rates; of other measures the mean is given. */
function measuresOf({ measures }: ShadowResult, design: ShadowDesign): ShadowReport['measures'] {
  return measures.map(({ name, candidate, reference }) => ({
    name,
    candidate: shadowEstimate(candidate, kindOf(candidate), design),
    reference: reference && shadowEstimate(reference, kindOf(reference), ofReference(design)),
  }));
}

/** Values that are 0 or 1 add up, with their rests, to one a decision. */
function kindOf({ up, down, decisions }: UnitSums): EstimateKind {
  return up + down === decisions && up === Math.round(up) ? 'rate' : 'value';
}

function scoresOf(result: ShadowResult, design: ShadowDesign): ShadowReport['scores'] {
  const { sums, scores } = result;
  if (!sums.score_difference) return null;
  const found = scores ? limitsOfAgreement(scores.differences) : null;
  const shift = scores
    ? distributionShift(scores.champion.map((control, i) => ({ control, treatment: scores.candidate[i] ?? 0 })))
    : null;
  const difference = shadowEstimate(sums.score_difference, 'value', design);
  const described = {
    limits: found?.status === 'ok' ? found.limits : null,
    standardDeviation: found?.status === 'ok' ? found.standardDeviation : found?.status === 'no_variance' ? 0 : null,
    stabilityIndex: shift?.status === 'ok' ? shift.stabilityIndex : null,
    distance: shift?.status === 'ok' ? shift.distance : null,
  };
  return {
    sentence: scoreSentence(difference, described),
    difference,
    reference: pairedOf(result, design)('score_difference_reference', 'value'),
    histogram: scores && {
      lower: scores.lower,
      upper: scores.upper,
      champion: scores.champion,
      candidate: scores.candidate,
    },
    differences: result.pairs?.differences ?? null,
    sample: (result.pairs?.sample ?? []).map(([champion, candidate]) => ({ champion, candidate })),
    ...described,
  };
}

function latencyOf(result: ShadowResult, design: ShadowDesign): ShadowReport['latency'] {
  const of = pairedOf(result, design);
  const parts = {
    candidateMs: of('ms_candidate', 'value'),
    referenceMs: of('ms_reference', 'value'),
    differenceMs: of('ms_difference', 'value'),
    ratio: of('ms_ratio', 'ratio'),
  };
  return {
    sentence: latencySentence(parts),
    ...parts,
    quantiles: result.quantiles.map(({ p, candidate, reference }) => ({ probability: p, candidate, reference })),
  };
}

function errorsOf(result: ShadowResult, design: ShadowDesign): ShadowReport['errors'] {
  const of = pairedOf(result, design);
  const parts = {
    candidate: shadowEstimate(result.sums.error_candidate, 'rate', design),
    reference: of('error_reference', 'rate'),
    difference: of('error_difference', 'rate_difference'),
  };
  return {
    sentence: errorSentence(parts),
    ...parts,
    statuses: result.statuses.map(({ call, status, n }) => ({ call, status, decisions: n })),
  };
}
