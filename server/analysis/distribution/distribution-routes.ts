import * as contract from '../../contract/distribution-contract.ts';
import { inSnapshot } from '../../db/snapshot.ts';
import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';
import { needExperiment } from '../../experiments/need-experiment.ts';
import { AssayError } from '../../http/errors.ts';
import { type Route, type RouteContext, route } from '../../http/route.ts';
import type { Services } from '../../services.ts';
import { controlFirst, type ReportMetric } from '../arms.ts';
import { metricOf } from '../named-subject.ts';
import { reportedPhase } from '../report-reader.ts';
import { needsUnitJob } from '../unit-job/needs-unit-job.ts';
import { mergeBins } from './merge-bins.ts';
import { reSplitReport, SPLITS } from './re-split-report.ts';
import { readBinCounts, readBuckets, readComputedAt, readExtremes } from './read-distribution.ts';

const QUERY = {
  metric: 'Key of a metric of the experiment; its first one when absent',
  phase: 'Position of an A/B or canary phase, from 0; the current or last phase when absent',
};

export function distributionRoutes(services: Pick<Services, 'pool' | 'db'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/experiments/:experiment/distribution',
      tag: 'Reports',
      summary: 'How the values of a metric are spread in the current or last A/B or canary phase: bars for a chart.',
      auth: 'admin',
      query: QUERY,
      answer: contract.distribution,
      async handle(context) {
        const { metric, phase } = await subjectOf(services, context);
        return readDistribution(services, metric, phase);
      },
    }),
    route({
      method: 'get',
      path: '/api/experiments/:experiment/a-a',
      tag: 'Reports',
      summary: `A/A re-splits: how often the test of a metric finds two halves of the control different, of ${SPLITS} made by chance.`,
      auth: 'admin',
      query: { ...QUERY, seed: 'A whole number: another one makes other halves; 1 when absent' },
      answer: contract.reSplits,
      async handle(context) {
        const { metric, phase } = await subjectOf(services, context);
        const seed = seedOf(context.request.query.seed);
        if (!['proportion', 'mean'].includes(metric.kind) || metric.capQuantile !== null) {
          throw new AssayError(
            'not_possible_now',
            `"${metric.key}" cannot be re-split: that needs a proportion or a mean which is not capped at a quantile.`,
          );
        }
        return inSnapshot(services.pool, async (client) => {
          const computedAt = await readComputedAt(client, phase.id);
          const buckets = await readBuckets(client, phase, metric.measureId);
          const others = needsUnitJob(metric, phase);
          return reSplitReport({ metric, phase, computedAt, buckets, others, seed });
        });
      },
    }),
  ];
}

function seedOf(asked: unknown): number {
  const seed = asked === undefined ? 1 : Number(asked);
  if (Number.isSafeInteger(seed)) return seed;
  throw new AssayError('invalid_request', 'seed: give a whole number.');
}

interface Subject {
  metric: ReportMetric;
  phase: PhaseRow;
}

async function subjectOf(
  { db }: Pick<Services, 'db'>,
  { principal, params, request }: RouteContext<undefined>,
): Promise<Subject> {
  const row = await needExperiment(db, principal.environmentId, params.experiment ?? '');
  return { phase: phaseOf(row, request.query.phase), metric: metricOf(row, request.query.metric) };
}

function phaseOf(row: ExperimentRow, asked: unknown): PhaseRow {
  const splits = ({ mode }: PhaseRow) => mode === 'ab' || mode === 'canary';
  if (asked === undefined) {
    const phase = reportedPhase(row);
    if (phase && splits(phase)) return phase;
    throw new AssayError('not_possible_now', `"${row.key}" has no A/B or canary phase as its current or last one.`);
  }
  const able = row.phases.filter((each) => each.state !== 'planned' && splits(each));
  const found = able.find((each) => String(each.position) === asked);
  if (found) return found;
  const positions = able.map((each) => each.position).join(', ') || 'none';
  throw new AssayError(
    'not_found',
    `"${row.key}" has no A/B or canary phase ${String(asked)} that has started: it has ${positions}.`,
  );
}

async function readDistribution(
  { pool }: Pick<Services, 'pool'>,
  metric: ReportMetric,
  phase: PhaseRow,
): Promise<contract.Distribution> {
  if (metric.aggregate === 'any') {
    throw new AssayError(
      'not_possible_now',
      `"${metric.key}" is 0 or 1 for each unit: its report has the share, and there is nothing more to draw.`,
    );
  }
  const values = metric.kind === 'quantile' ? 'outcome' : 'unit';
  return inSnapshot(pool, async (client) => {
    const computedAt = await readComputedAt(client, phase.id);
    const counts = await readBinCounts(client, phase.id, metric.measureId, values);
    const extremes = await readExtremes(client, phase.id, metric.measureId);
    const arms = controlFirst(phase);
    return {
      metric: metric.key,
      phase: phase.position,
      computedAt: computedAt?.toISOString() ?? null,
      values,
      variants: arms.map(({ variant, variantId }) => {
        const own = counts.filter((each) => each.variantId === variantId);
        const count = own.reduce((sum, { n }) => sum + n, 0);
        const zeros = own.find(({ bin }) => bin === 0)?.n ?? 0;
        const { min = null, max = null } = values === 'unit' ? (extremes.get(variantId) ?? {}) : {};
        return { variant, count, shareAtZero: count > 0 ? zeros / count : null, min, max };
      }),
      bars: mergeBins(counts, arms),
    };
  });
}
