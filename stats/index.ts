/** The statistics of Assay: pure functions, no I/O, no state. This is the only door. */

export { type AncovaOptions, type AncovaTest, ancovaDifference } from './adjustment/ancova-difference.ts';
export { type CupedArm, type CupedOptions, type CupedTest, cupedDifference } from './adjustment/cuped-difference.ts';
export { type LinOptions, type LinTest, linDifference } from './adjustment/lin-difference.ts';
export { withMissingIndicator } from './adjustment/missing-indicator.ts';
export { postStratifiedDifference, type StratifiedTest, type Stratum } from './adjustment/post-stratification.ts';
export type { HeteroskedasticError, RegressionErrors } from './adjustment/regression-fit.ts';
export type { NoAdjustment, UnitRows } from './adjustment/unit-rows.ts';
export { type CupedSaving, cupedSaving } from './adjustment/variance-ratio.ts';
export { floorShares, topTwoShares } from './bandit/allocation.ts';
export type { BestArm } from './bayes/best-arm.ts';
export {
  type BetaComparison,
  type BetaPosterior,
  betaBestArm,
  betaComparison,
  betaThreshold,
} from './bayes/beta-posterior.ts';
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
export { type FactorialCells, interactionContrast } from './heterogeneity/interaction-contrast.ts';
export type { MarginOptions, NonInferiority } from './margins/margin.ts';
export { type Equivalence, meanEquivalence } from './margins/mean-equivalence.ts';
export { meanNonInferiority } from './margins/mean-non-inferiority.ts';
export { proportionNonInferiority, type RateNonInferiority } from './margins/proportion-non-inferiority.ts';
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
export type { LoggedRound } from './off-policy/logged-round.ts';
export {
  type OffPolicy,
  type OffPolicyOptions,
  type Overlap,
  offPolicyValue,
  type PolicyValue,
  type TooLittleOverlap,
} from './off-policy/off-policy.ts';
export { adjustP, P_ADJUST_METHODS, type PAdjustMethod } from './p-adjust.ts';
export {
  allocationInflation,
  bonferroniSampleSize,
  clusterSampleSize,
  cupedSampleSize,
  liftSampleSize,
  type RatioUnit,
  ratioSampleSize,
  unequalSampleSize,
} from './power/design-power.ts';
export {
  equivalenceSampleSize,
  type MarginPlan,
  type MarginSampleSize,
  nonInferiorityRateSampleSize,
  nonInferioritySampleSize,
} from './power/margin-power.ts';
export {
  type MeanDetectableEffect,
  type MeanPlan,
  type MeanPower,
  type MeanSampleSize,
  meanDetectableEffect,
  meanPower,
  meanSampleSize,
} from './power/mean-power.ts';
export type { NoPlan, PowerPlan } from './power/plan.ts';
export {
  type ProportionDetectableEffect,
  type ProportionPower,
  type ProportionSampleSize,
  proportionDetectableEffect,
  proportionPower,
  proportionSampleSize,
} from './power/proportion-power.ts';
export { signTestSampleSize, type TypeErrors, typeErrors } from './power/type-errors.ts';
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
export { incompleteBeta } from './special/incomplete-beta.ts';
export { incompleteGamma } from './special/incomplete-gamma.ts';
export { logBeta, logGamma } from './special/log-gamma.ts';
