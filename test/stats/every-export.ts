import { coMomentsOf, linFit, momentsOf, startGuardrail } from '../../stats/index.ts';

/** A good call of every exported function; the fuzz breaks it in one place at a time. */
const control = { n: 20, mean: 5, variance: 16 };
const treatment = { n: 22, mean: 7, variance: 20 };
const few = { x: 3, n: 12 };
const many = { x: 9, n: 14 };
const y = [1, 2, 4, 3, 6, 5, 8, 6];
const x = [1, 1, 2, 2, 3, 3, 4, 4];
const z = [2, 3, 2, 4, 6, 7, 5, 8];
const w = [1, 2, 1, 2, 2, 3, 1, 3];
const rows = { outcome: y, covariates: [x] };
const otherRows = { outcome: z, covariates: [w] };
const pairOfMoments = coMomentsOf([y, x]);
const otherPair = coMomentsOf([z, w]);
const shape = { type: 'obrien_fleming' };
const normals = [
  { mean: 1, standardDeviation: 0.3 },
  { mean: 1.2, standardDeviation: 0.4 },
];
const ranking = ['a', 'b', 'c'];
const reversed = ['c', 'b', 'a'];
const log = [0, 1, 0, 1].map((action) => ({
  action,
  reward: action,
  propensity: 0.5,
  target: [0.4, 0.6],
  predicted: [0.2, 0.7],
}));
const design = { controlUnits: 30, treatmentUnits: [30, 40] };
const means = { meanA: 10, varianceOfMeanA: 0.25, meanB: 11, varianceOfMeanB: 0.3, covariance: 0.1 };
const sequence = { estimate: 0.1, standardError: 0.05, n: 1000, tunedTo: 2000, level: 0.95 };
const mixture = { estimate: 0.1, variance: 0.0025, mixingVariance: 0.01, level: 0.95 };
const tuning = { vOpt: 10, alphaOpt: 0.05, oneSided: false };
const plan = { alpha: 0.05, power: 0.8, sides: 2 };
const counts = [
  { value: 0, control: 5, treatment: 3 },
  { value: 1, control: 2, treatment: 4 },
];
const bins = [
  { lower: 0, upper: 1, middle: 0.5, n: 3 },
  { lower: 1, upper: 2, middle: 1.5, n: 1 },
];
const squares = { HC0: 0.012, HC2: 0.016, HC3: 0.021, largestLeverage: 0.6 };
const marginPlan = { alpha: 0.025, power: 0.8 };

export const GOOD_CALLS: Readonly<Record<string, readonly unknown[]>> = {
  addGuardrailEvent: [startGuardrail('fail'), { candidate: true, share: 0.2 }],
  adjustP: [[0.01, 0.02, 0.5], 'holm'],
  agrestiCaffoInterval: [few, many, { level: 0.9 }],
  allocationInflation: [0.3],
  alphaSpent: [{ type: 'power', rho: 2 }, 0.5, 0.025],
  alwaysValidP: [[0.5, 2, 1]],
  ancovaDifference: [rows, otherRows, { level: 0.9 }],
  asymptoticSequence: [sequence],
  aucDifference: [
    { control: y, treatment: z, positive: y.map((each) => each > 3), cluster: w.map(String) },
    { level: 0.9 },
  ],
  balancedCredit: [ranking, reversed, ['a', 'c'], [0]],
  balancedInterleaving: [ranking, reversed, 2],
  bernoulliDifference: [few, many, { tunedTo: 50, alphaOpt: 0.05 }, { level: 0.9 }],
  bernoulliSequence: [40, 100, { tunedTo: 200, alphaOpt: 0.05 }, 0.9],
  betaBestArm: [
    [
      { alpha: 3, beta: 5 },
      { alpha: 4, beta: 4 },
    ],
  ],
  betaBinomialEValue: [{ successes: 30, failures: 20, p0: 0.5, priorA: 1, priorB: 1 }],
  betaBinomialMixtureBound: [20, 0.05, { ...tuning, g: 0.5, h: 0.5 }],
  betaComparison: [{ alpha: 3, beta: 5 }, { alpha: 4, beta: 4 }, { level: 0.9 }],
  betaQuantile: [0.3, 2, 3],
  betaThreshold: [
    { alpha: 3, beta: 5 },
    { alpha: 4, beta: 4 },
    { difference: 0.01, lift: 0.05 },
  ],
  betaUpperQuantile: [0.3, 2, 3],
  bivariateNormalCdf: [0.3, -0.2, 0.5],
  bonferroniSampleSize: [3, 0.5, 2, plan],
  brunnerMunzel: [y, z, { level: 0.9 }],
  candidateShare: [0.1, 0.5, 0.2],
  chiSquareLogSf: [3, 2],
  chiSquareSf: [3, 2],
  brunnerMunzelOfCounts: [counts, { level: 0.9 }],
  bucketedQuantile: [
    bins,
    [
      { n: 2, within: 2 },
      { n: 2, within: 1 },
    ],
    0.5,
    { level: 0.8 },
  ],
  clopperPearsonInterval: [few, { level: 0.9 }],
  clusterDifference: [
    [
      { control: momentsOf([1, 2, 3]) },
      { control: momentsOf([2, 4]) },
      { treatment: momentsOf([3, 5]) },
      { treatment: momentsOf([2, 6, 5]) },
    ],
    { level: 0.9 },
  ],
  clusterSampleSize: [0.5, 2, { size: 10, correlation: 0.1 }, plan],
  clusteredQuantile: [[[1, 2], [3], [4, 5, 6], [2, 7], [1, 9], [5], [4, 4]], 0.5, { level: 0.8 }],
  clustersOf: [
    [1, 2, 3],
    [true, false, true],
    ['a', 'b', 'a'],
  ],
  coMomentsFromShiftedSums: [
    {
      n: 3,
      shifts: [1, 2],
      sums: [3, 2],
      products: [
        [5, 3],
        [3, 4],
      ],
    },
  ],
  coMomentsOf: [[y, x]],
  conditionalPower: [{ z: 1.2, t: 0.5, critical: 1.98, drift: 2.8 }],
  correlatedBestArm: [
    [0, 0.2, 0.1],
    [
      [0, 0, 0],
      [0, 0.04, 0.01],
      [0, 0.01, 0.05],
    ],
  ],
  cupedDifference: [pairOfMoments, otherPair, { level: 0.9 }],
  cupedSampleSize: [0.5, 2, 0.6, plan],
  cupedSaving: [0.6],
  deltaLift: [control, treatment, { level: 0.9 }],
  designEffect: [{ clusterSize: 10, icc: 0.05, cv: 0.3 }],
  digamma: [2.5],
  distributionShift: [
    [
      { control: 3, treatment: 1 },
      { control: 2, treatment: 5 },
    ],
  ],
  doublyRobustEffect: [
    { outcome: y, treated: y.map((_, i) => i % 2 === 0), predictedControl: x, predictedTreatment: z, propensity: 0.5 },
    { level: 0.9 },
  ],
  drawTeamDraft: [[ranking, reversed], 2, () => 0.3],
  dunnettCriticalValue: [design, 0.05],
  dunnettP: [[2.1, 0.4], design],
  eBenjaminiHochberg: [[20, 3, 0.5], 0.1],
  effectHeterogeneity: [
    [0.1, 0.3],
    [0.1, 0.2],
  ],
  effectPrior: [y.map((value) => value / 100).concat(0.02, -0.01), y.map((value) => value / 200).concat(0.01, 0.01)],
  heterogeneityLogE: [
    [0.05, -0.02, 0.01],
    [0.01, 0.02, 0.01],
    [0.02, 0.05],
  ],
  effectPosterior: [0.1, 0.05, { mean: 0, standardDeviation: 0.1 }, { level: 0.9 }],
  equalTest: [momentsOf([1, -1, 1, 0]), momentsOf([1, 0, 1, 1]), { control: 2, treatment: 3 }],
  equivalenceSampleSize: [0.5, 0.1, 2, marginPlan],
  falseCoverage: [[0.01, 0.6], 0.1],
  fiellerSet: [means, 1.96],
  fisherExactTest: [few, many],
  floorShares: [[0.9, 0.1], 0.2],
  groupSequentialBoundary: [shape, [0.5, 1], { alpha: 0.05, sides: 2, spendingTimes: [0.5, 1] }],
  groupSequentialCrossing: [[2.8, 2], [0.5, 1], { sides: 2, drift: 1 }],
  groupSequentialDesign: [shape, [0.5, 1], { alpha: 0.05, sides: 2, power: 0.8 }],
  guardrailDecided: [startGuardrail('fail'), 0.05],
  handOverBoundary: [[0.5, 1, 1.5], { spending: shape, alphaPlanned: 0.045, alphaAfter: 0.005 }],
  holmIntervals: [[{ estimate: 1, standardError: 0.4, degreesOfFreedom: 20 }], { level: 0.9 }],
  holmLowerLimits: [[{ estimate: 1, standardError: 0.4, degreesOfFreedom: 20 }], { level: 0.9 }],
  incompleteBeta: [0.3, 2, 3],
  incompleteGamma: [2, 3],
  interactionContrast: [{ neither: control, first: treatment, second: control, both: treatment }, { level: 0.9 }],
  interleavingSensitivity: [ranking, reversed, 2, { click: () => 0.4, stop: () => 0.5 }, plan],
  katzLift: [few, many, { level: 0.9 }],
  kolmogorovSmirnov: [y, z],
  liftOfEstimates: [means, 1.96, 0.95],
  liftSampleSize: [10, 4, 0.1, plan],
  linDifference: [rows, otherRows, { level: 0.9 }],
  limitsOfAgreement: [momentsOf([0.1, -0.2, 0.3, 0]), { share: 0.9, level: 0.9 }],
  linFit: [[pairOfMoments, otherPair]],
  linFromSums: [linFit([pairOfMoments, otherPair]), [squares, squares], { level: 0.9, control: 0, treatment: 1 }],
  logBeta: [2, 3],
  logDeltaLift: [control, treatment, { level: 0.9 }],
  logGamma: [2.5],
  mannWhitney: [y, z, { level: 0.9 }],
  mannWhitneyOfCounts: [counts, { level: 0.9 }],
  meanDetectableEffect: [100, { ...plan, standardDeviation: 2, ratio: 1 }],
  meanDifference: [control, treatment, { level: 0.9 }],
  meanEquivalence: [control, treatment, { lower: -3, upper: 3 }, { alpha: 0.05 }],
  meanLift: [control, treatment, { level: 0.9, covariance: 0.1 }],
  meanNonInferiority: [control, treatment, 1, { alpha: 0.025 }],
  meanPosterior: [momentsOf(y), { mean: 0, kappa: 1, alpha: 2, beta: 3 }, { level: 0.9 }],
  meanPower: [100, 0.5, { standardDeviation: 2, alpha: 0.05, sides: 2, ratio: 1 }],
  meanSampleSize: [0.5, { ...plan, standardDeviation: 2, ratio: 1 }],
  meanSummary: [momentsOf(y)],
  meeDifference: [few, many, { level: 0.9 }],
  mergeCoMoments: [pairOfMoments, otherPair],
  mergeMoments: [momentsOf(y), momentsOf(z)],
  mixingVarianceForEffect: [0.1, 0.05],
  momentsFromShiftedSums: [{ n: 3, shift: 1, sum: 3, sumOfSquares: 5, sumOfCubes: 9 }],
  momentsOf: [y],
  newcombeInterval: [few, many, { level: 0.9 }],
  noncentralTLogSf: [1.5, 10, 0.5],
  nonInferioritySampleSize: [0.5, 0.1, 2, marginPlan],
  nonInferiorityRateSampleSize: [0.1, 0.02, marginPlan],
  normalArms: [
    [1, 2],
    [0.3, 0.4],
  ],
  normalBestArm: [normals],
  normalCdf: [0.5],
  normalLogSf: [0.5],
  normalMixtureBound: [20, 0.05, tuning],
  normalMixtureLogE: [5, 20, tuning],
  normalMixtureTest: [mixture],
  normalQuantile: [0.3],
  normalSf: [0.5],
  normalTwoSidedP: [0.5],
  offPolicyValue: [log, { level: 0.9, minEffectiveUnits: 0 }],
  oneSidedAsymptoticSequence: [sequence],
  oneSidedMixtureTest: [mixture],
  opportunityLoss: [normals],
  pairedRates: [{ both: 40, controlOnly: 3, treatmentOnly: 9, neither: 20 }, { level: 0.9 }],
  pairedDifference: [y, z, { level: 0.9 }],
  periodContrasts: [
    [
      [
        { n: 40, mean: 0.1, m2: 3.6 },
        { n: 20, mean: 0.2, m2: 3.2 },
      ],
      [
        { n: 10, mean: 0.3, m2: 2.1 },
        { n: 30, mean: 0.4, m2: 7.2 },
      ],
    ],
  ],
  pooledMeanDifference: [control, treatment, { level: 0.9 }],
  pooledZTest: [few, many],
  postStratifiedDifference: [[{ control, treatment }], { level: 0.9 }],
  preferentialBonferroni: [0.05, { primaryShare: 0.5, treatments: 2, primary: 1, others: 3 }],
  proportionDetectableEffect: [1000, 0.1, plan],
  proportionDifference: [few, many, { level: 0.9 }],
  proportionLift: [few, many, { level: 0.9 }],
  proportionNonInferiority: [few, many, 0.1, { alpha: 0.025 }],
  proportionPower: [1000, 0.1, 0.12, { alpha: 0.05, sides: 2 }],
  proportionSampleSize: [0.1, 0.12, plan],
  proportionRelativeNonInferiority: [few, many, 0.2, { alpha: 0.025 }],
  quantileBin: [bins, 0.5],
  quantileEvidence: [y, z, 0.5, { tunedTo: 50, alphaOpt: 0.05 }],
  quantileInterval: [y, 0.5, { level: 0.8 }],
  quantileRanks: [100, 0.5, { level: 0.9 }],
  ratioCuped: [coMomentsOf([y, x, z, w]), coMomentsOf([z, w, y, x]), { level: 0.9 }],
  ratioDifference: [pairOfMoments, otherPair, { level: 0.9 }],
  ratioOfSums: [pairOfMoments],
  ratioSampleSize: [
    { ratio: 0.5, meanDenominator: 4, varianceNumerator: 2, varianceDenominator: 3, covariance: 1 },
    0.1,
    plan,
  ],
  relativeNonInferiority: [control, treatment, 0.1, { alpha: 0.025 }],
  repeatedTest: [shape, [0.5], { estimate: 1, standardError: 0.4 }, { alpha: 0.05 }],
  sampleCovariance: [y, x],
  sampleQuantile: [y, 0.3, 7],
  sampleRatioEvidence: [[{ observed: [90, 110], weights: [1, 1] }], { concentration: 1000 }],
  sampleRatioExact: [
    [9, 11],
    [1, 1],
  ],
  sampleRatioLogBayesFactor: [[90, 110], [1, 1], { concentration: 1000 }],
  sampleRatioSequential: [
    [
      [9, 11],
      [90, 110],
    ],
    [1, 1],
    { concentration: 1000 },
  ],
  sampleRatioTest: [
    [90, 110],
    [1, 1],
  ],
  sequentialWidth: [{ n: 1000, tunedTo: 500, level: 0.9 }],
  signTest: [{ winsControl: 10, winsTreatment: 14, ties: 3 }],
  signTestSampleSize: [0.55, plan],
  skewness: [momentsOf(y)],
  stagewiseAnalysis: [{ times: [0.5, 1], bounds: [2.9], estimate: 2.1, standardError: 1, sides: 2, level: 0.9 }],
  standardDeviation: [momentsOf(y)],
  scoreTest: [momentsOf([1, -1, 1, 0]), { level: 0.9 }],
  startGuardrail: ['fail'],
  studentBestArm: [
    [
      { mean: 1, scale: 0.3, degreesOfFreedom: 9 },
      { mean: 1.4, scale: 0.4, degreesOfFreedom: 5 },
    ],
  ],
  studentTLogSf: [1.5, 10],
  studentTQuantile: [0.3, 10],
  studentTSf: [1.5, 10],
  studentTTwoSidedP: [1.5, 10],
  surrogateCheck: [
    Array.from({ length: 10 }, (_, k) => ({
      proxy: ((k * 7) % 10) / 100,
      business: ((k * 3) % 10) / 200,
      proxyVariance: 1e-4,
      businessVariance: 1e-4,
      covariance: 1e-5,
    })),
    { level: 0.9 },
  ],
  teamDraft: [[ranking, reversed], 2],
  teamDraftCredit: [[0, 1, 0], [1]],
  topTwoShares: [[0.7, 0.3], 0.5],
  typeErrors: [1.5, { alpha: 0.05 }],
  unconditionalExactDifference: [few, many, { level: 0.9 }],
  unconditionalExactLift: [few, many, { level: 0.9 }],
  unconditionalExactTest: [few, many, 'score'],
  unequalSampleSize: [0.5, { control: 2, treatment: 3 }, 1.5, plan],
  unitPreference: [[[1, 1], [-1], [1], [0, 1]], { level: 0.9 }],
  variance: [momentsOf(y)],
  waldDifference: [few, many, { level: 0.9 }],
  wilsonInterval: [few, { level: 0.9 }],
  winsorise: [[y, z], { upper: 0.9, lower: 0.1 }],
  withMissingIndicator: [
    [1, null, 2],
    [3, 4, null],
  ],
  zMeanDifference: [control, treatment, { level: 0.9 }],
};
