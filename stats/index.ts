/** The statistics of Assay: pure functions, no I/O, no state. This is the only door. */

export { type AncovaOptions, type AncovaTest, ancovaDifference } from './adjustment/ancova-difference.ts';
export { type CupedArm, type CupedOptions, type CupedTest, cupedDifference } from './adjustment/cuped-difference.ts';
export { type LinOptions, type LinTest, linDifference } from './adjustment/lin-difference.ts';
export {
  type LinArmFit,
  type LinFit,
  type LinFromSumsOptions,
  type LinSquares,
  linFit,
  linFromSums,
} from './adjustment/lin-from-sums.ts';
export { withMissingIndicator } from './adjustment/missing-indicator.ts';
export { postStratifiedDifference, type StratifiedTest, type Stratum } from './adjustment/post-stratification.ts';
export type { HeteroskedasticError, RegressionErrors } from './adjustment/regression-fit.ts';
export type { NoAdjustment, UnitRows } from './adjustment/unit-rows.ts';
export { type CupedSaving, cupedSaving } from './adjustment/variance-ratio.ts';
export { floorShares, topTwoShares } from './bandit/allocation.ts';
export { correlatedBestArm } from './bandit/correlated-best-arm.ts';
export { type PeriodCell, type PeriodContrasts, periodContrasts } from './bandit/period-contrasts.ts';
export type { BestArm } from './bayes/best-arm.ts';
export * from './bayes/beta-posterior.ts';
export { type EffectPrior, effectPrior } from './bayes/effect-prior.ts';
export {
  type EffectPosterior,
  effectPosterior,
  type NormalPosterior,
  normalArms,
  normalBestArm,
  opportunityLoss,
} from './bayes/normal-posterior.ts';
export {
  type MeanPosterior,
  meanPosterior,
  type NormalInverseGamma,
  type StudentPosterior,
  studentBestArm,
} from './bayes/student-posterior.ts';
export { type ClusterTest, clusterDifference } from './clusters/cluster-difference.ts';
export { type Cluster, clustersOf } from './clusters/clusters.ts';
export { type ClusterShape, designEffect } from './clusters/design-effect.ts';
export {
  type CoMoments,
  coMomentsFromShiftedSums,
  coMomentsOf,
  mergeCoMoments,
  type ShiftedProductSums,
} from './co-moments.ts';
export { type Covariance, sampleCovariance } from './covariance.ts';
export { betaQuantile, betaUpperQuantile } from './distributions/beta.ts';
export { bivariateNormalCdf } from './distributions/bivariate-normal.ts';
export { chiSquareLogSf, chiSquareSf } from './distributions/chi-square.ts';
export { noncentralTLogSf } from './distributions/noncentral-t.ts';
export { normalCdf, normalLogSf, normalQuantile, normalSf, normalTwoSidedP } from './distributions/normal.ts';
export { studentTLogSf, studentTQuantile, studentTSf, studentTTwoSidedP } from './distributions/student-t.ts';
export type { Interval } from './domain.ts';
export { type DoublyRobustTest, doublyRobustEffect, type PredictedUnits } from './heterogeneity/doubly-robust.ts';
export {
  type EffectHeterogeneity,
  effectHeterogeneity,
  type PooledEffect,
} from './heterogeneity/effect-heterogeneity.ts';
export { heterogeneityLogE } from './heterogeneity/heterogeneity-evidence.ts';
export { type FactorialCells, interactionContrast } from './heterogeneity/interaction-contrast.ts';
export { type EqualTest, equalTest } from './interleaving/equal-test.ts';
export * from './interleaving/mixed-lists.ts';
export * from './interleaving/preference.ts';
export * from './interleaving/sensitivity.ts';
export type { MarginOptions, NonInferiority } from './margins/margin.ts';
export { type Equivalence, meanEquivalence } from './margins/mean-equivalence.ts';
export { meanNonInferiority } from './margins/mean-non-inferiority.ts';
export { proportionNonInferiority, type RateNonInferiority } from './margins/proportion-non-inferiority.ts';
export {
  proportionRelativeNonInferiority,
  type RelativeRateNonInferiority,
} from './margins/proportion-relative-non-inferiority.ts';
export {
  type RelativeMarginOptions,
  type RelativeNonInferiority,
  relativeNonInferiority,
} from './margins/relative-non-inferiority.ts';
export { type FiellerSet, fiellerSet, type MeanPair, type RatioSet } from './means/fieller.ts';
export { type DeltaLift, deltaLift, type LogRatio, logDeltaLift, type NoRatio } from './means/lift-by-delta.ts';
export { liftOfEstimates } from './means/lift-of-estimates.ts';
export {
  type MeanDifference,
  type MeanDifferenceOptions,
  meanDifference,
  pooledMeanDifference,
  zMeanDifference,
} from './means/mean-difference.ts';
export { type MeanLift, type MeanLiftOptions, meanLift } from './means/mean-lift.ts';
export { type MeanSummary, meanSummary } from './means/mean-summary.ts';
export type { MeanTest, NotEnough, NoVariance } from './means/mean-test.ts';
export { pairedDifference } from './means/paired-difference.ts';
export {
  type Moments,
  mergeMoments,
  momentsFromShiftedSums,
  momentsOf,
  NO_VALUES,
  type ShiftedSums,
  skewness,
  standardDeviation,
  variance,
} from './moments.ts';
export { type DunnettCritical, type DunnettDesign, dunnettCriticalValue, dunnettP } from './multiplicity/dunnett.ts';
export { eBenjaminiHochberg } from './multiplicity/e-benjamini-hochberg.ts';
export { type FalseCoverage, falseCoverage } from './multiplicity/false-coverage.ts';
export {
  type Estimate,
  type HolmInterval,
  type HolmLimit,
  holmIntervals,
  holmLowerLimits,
} from './multiplicity/holm-intervals.ts';
export {
  type PreferentialFamily,
  type PreferentialLevels,
  preferentialBonferroni,
} from './multiplicity/preferential-bonferroni.ts';
export type { LoggedRound } from './off-policy/logged-round.ts';
export * from './off-policy/off-policy.ts';
export { adjustP, P_ADJUST_METHODS, type PAdjustMethod } from './p-adjust.ts';
export { type AucTest, aucDifference, type ScoredRows } from './paired/auc-difference.ts';
export { type DistributionShift, distributionShift } from './paired/distribution-shift.ts';
export { type LimitsOfAgreement, limitsOfAgreement } from './paired/limits-of-agreement.ts';
export { type PairedCounts, type PairedRates, pairedRates } from './paired/paired-rates.ts';
export * from './power/design-power.ts';
export * from './power/margin-power.ts';
export * from './power/mean-power.ts';
export type { NoPlan, PowerPlan } from './power/plan.ts';
export * from './power/proportion-power.ts';
export * from './power/type-errors.ts';
export { type FisherTest, fisherExactTest } from './proportions/fisher-exact.ts';
export { clopperPearsonInterval, wilsonInterval } from './proportions/one-proportion.ts';
export {
  agrestiCaffoInterval,
  katzLift,
  newcombeInterval,
  type PooledTest,
  pooledZTest,
  type RatioByLogarithm,
  type WithoutVariance,
  waldDifference,
} from './proportions/other-differences.ts';
export type { NoUnits, Proportion, ProportionOptions } from './proportions/proportion.ts';
export {
  meeDifference,
  type ProportionDifference,
  type ProportionsAlike,
  type ProportionTest,
  proportionDifference,
} from './proportions/proportion-difference.ts';
export { type ProportionLift, proportionLift } from './proportions/proportion-lift.ts';
export {
  type TooManyTables,
  type UnconditionalTest,
  unconditionalExactTest,
} from './proportions/unconditional-exact.ts';
export {
  type UnconditionalInterval,
  unconditionalExactDifference,
  unconditionalExactLift,
} from './proportions/unconditional-interval.ts';
export {
  type Bin,
  type Bucket,
  type BucketedQuantile,
  bucketedQuantile,
  quantileBin,
} from './quantiles/bucketed-quantile.ts';
export { type ClusteredQuantile, clusteredQuantile, type TooFewClusters } from './quantiles/clustered-quantile.ts';
export {
  type QuantileInterval,
  type QuantileRanks,
  quantileInterval,
  quantileRanks,
} from './quantiles/quantile-ranks.ts';
export { type QuantileType, sampleQuantile } from './quantiles/sample-quantile.ts';
export {
  type WinsorisedArm,
  type WinsoriseLimits,
  type WinsoriseOptions,
  winsorise,
} from './quantiles/winsorise.ts';
export { type BrunnerMunzel, brunnerMunzel, brunnerMunzelOfCounts, type NoOverlap } from './ranks/brunner-munzel.ts';
export { type KolmogorovSmirnov, kolmogorovSmirnov } from './ranks/kolmogorov-smirnov.ts';
export {
  type AllTied,
  type ExactRankP,
  type MannWhitney,
  mannWhitney,
  mannWhitneyOfCounts,
  type RankP,
  type ShiftInterval,
  type TooFewValues,
} from './ranks/mann-whitney.ts';
export type { ValueCount } from './ranks/rank-counts.ts';
export { type AdjustedRatioTest, ratioCuped } from './ratios/ratio-cuped.ts';
export { type RatioDifference, type RatioOptions, type RatioTest, ratioDifference } from './ratios/ratio-difference.ts';
export { type RatioOfSums, ratioOfSums } from './ratios/ratio-of-sums.ts';
export {
  type SampleRatioNotEnough,
  type SampleRatioTest,
  sampleRatioTest,
} from './sample-ratio/sample-ratio.ts';
export { type SampleRatioExact, sampleRatioExact, type TooManyOutcomes } from './sample-ratio/sample-ratio-exact.ts';
export {
  type SampleRatioEvidence,
  type SampleRatioLook,
  type SampleRatioSequentialOptions,
  type SampleRatioStratum,
  sampleRatioEvidence,
  sampleRatioLogBayesFactor,
  sampleRatioSequential,
} from './sample-ratio/sample-ratio-sequential.ts';
export { alphaSpent, type SpendingFunction } from './sequential/alpha-spending.ts';
export {
  asymptoticSequence,
  oneSidedAsymptoticSequence,
  type SequenceInput,
  type SequenceTest,
  sequentialWidth,
} from './sequential/asymptotic-sequence.ts';
export { type BernoulliDifference, bernoulliDifference } from './sequential/bernoulli-difference.ts';
export {
  bernoulliSequence,
  type QuantileEvidence,
  quantileEvidence,
  type TrialTuning,
} from './sequential/bernoulli-sequence.ts';
export {
  type BetaBinomialInput,
  type BinomialEvidence,
  betaBinomialEValue,
} from './sequential/beta-binomial-e-value.ts';
export { type ConditionalPower, conditionalPower } from './sequential/conditional-power.ts';
export {
  type Boundary,
  type BoundaryOptions,
  groupSequentialBoundary,
  type WangTsiatis,
} from './sequential/group-sequential-boundary.ts';
export {
  type Crossing,
  type CrossingOptions,
  groupSequentialCrossing,
} from './sequential/group-sequential-crossing.ts';
export { type Design, type DesignOptions, groupSequentialDesign } from './sequential/group-sequential-design.ts';
export { type HandOverBoundary, type HandOverOptions, handOverBoundary } from './sequential/hand-over.ts';
export type { Sides } from './sequential/look-times.ts';
export {
  type BoundedTuning,
  betaBinomialMixtureBound,
  type MixtureTuning,
  normalMixtureBound,
  normalMixtureLogE,
} from './sequential/mixture-bounds.ts';
export {
  type AlwaysValidTest,
  alwaysValidP,
  type MixtureInput,
  mixingVarianceForEffect,
  normalMixtureTest,
  oneSidedMixtureTest,
} from './sequential/normal-mixture.ts';
export {
  addGuardrailEvent,
  candidateShare,
  GUARDRAIL_RATIOS,
  type GuardrailEvent,
  type GuardrailEvidence,
  type GuardrailSide,
  guardrailDecided,
  startGuardrail,
} from './sequential/rate-guardrail.ts';
export { type LookEstimate, type RepeatedTest, repeatedTest } from './sequential/repeated-interval.ts';
export { type StagewiseAnalysis, type StoppedTest, stagewiseAnalysis } from './sequential/stagewise-analysis.ts';
export { digamma } from './special/digamma.ts';
export { incompleteBeta } from './special/incomplete-beta.ts';
export { incompleteGamma } from './special/incomplete-gamma.ts';
export { logBeta, logGamma } from './special/log-gamma.ts';
export type { EffectPair } from './surrogate/effect-likelihood.ts';
export { type SurrogateCheck, surrogateCheck } from './surrogate/surrogate-check.ts';
