import { z } from 'zod';
import { writeAudit } from '../audit/audit-store.ts';
import * as contract from '../contract/metric-contract.ts';
import type { Executor } from '../db/database.ts';
import { AssayError } from '../http/errors.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { analysedAs, declaredKind } from './declared-kind.ts';
import { findOrInsertMeasure, insertMetric, listMetrics, type MetricRow } from './metric-store.ts';

export function metricRoutes({ db }: Services): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/metrics',
      tag: 'Metrics',
      summary: 'The metric catalogue.',
      auth: 'admin',
      answer: z.object({ metrics: z.array(contract.metric) }),
      async handle({ principal }) {
        return { metrics: (await listMetrics(db, principal.environmentId)).map(toContract) };
      },
    }),
    route({
      method: 'post',
      path: '/api/metrics',
      tag: 'Metrics',
      summary: 'Define a metric: how outcomes become one number per unit. A metric never changes once defined.',
      auth: 'admin',
      body: contract.metricInput,
      answer: contract.metric,
      status: 201,
      handle: ({ principal, body }) =>
        db.transaction(async (tx) => {
          refuseMismatch(body);
          const proxyForId = await businessOf(tx, principal.environmentId, body.proxyFor);
          const parts = await measuresOf(tx, principal.environmentId, body);
          const { key, name, direction, description, quantile, independentOfAnswer } = body;
          const kind = analysedAs(body.kind);
          const made = { key, name, kind, direction, description, quantile, independentOfAnswer, proxyForId, ...parts };
          if (!(await insertMetric(tx, principal.environmentId, made))) {
            throw new AssayError(
              'conflict',
              `There is already a metric "${body.key}"; its definition is fixed, so choose another key.`,
            );
          }
          await writeAudit(tx, principal, 'metric.create', `metric:${body.key}`, { ...body });
          const row = (await listMetrics(tx, principal.environmentId)).find((each) => each.key === body.key);
          if (!row) throw new Error(`metric ${body.key} vanished`);
          return toContract(row);
        }),
    }),
  ];
}

type Input = z.output<typeof contract.metricInput>;

/** The parts of a definition that belong to one kind only. */
function refuseMismatch(input: Input): void {
  if ((input.kind === 'ratio') !== (input.denominator !== null)) {
    throw refuse('denominator: a ratio needs one, and no other kind takes one.');
  }
  if ((input.kind === 'quantile') !== (input.quantile !== null)) {
    throw refuse('quantile: a quantile metric needs one (0.95 is p95), and no other kind takes one.');
  }
  refuseWindow(input);
  if (!input.cap) return;
  const { lower, upper, quantile } = input.cap;
  if (input.kind !== 'mean' && input.kind !== 'count') throw refuse('cap: only a mean or a count can be capped.');
  if (quantile !== null && (lower !== null || upper !== null)) {
    throw refuse('cap: give fixed limits or a quantile, not both.');
  }
  if (quantile === null && lower === null && upper === null) throw refuse('cap: give a limit or a quantile.');
  if (lower !== null && upper !== null && lower >= upper) throw refuse('cap: "lower" must be below "upper".');
}

function refuseWindow({ kind, fromSeconds, windowSeconds }: Input): void {
  if ((kind === 'retention') !== fromSeconds > 0) {
    throw refuse(
      'fromSeconds: retention needs a window that opens later (86400: a day after the first exposure), and no other kind takes one.',
    );
  }
  if (windowSeconds <= fromSeconds) {
    throw refuse(
      `windowSeconds: the window opens ${fromSeconds} s after the first exposure and must close later than that; ${windowSeconds} s is counted from the first exposure too.`,
    );
  }
}

const refuse = (message: string) => new AssayError('invalid_request', message);

async function businessOf(db: Executor, environmentId: number, key: string | null): Promise<number | null> {
  if (key === null) return null;
  const found = (await listMetrics(db, environmentId)).find((each) => each.key === key);
  if (!found) throw new AssayError('invalid_request', `proxyFor: there is no metric "${key}"; define it first.`);
  return found.id;
}

/** The measures a metric is computed from. Of a quantile metric it counts outcomes: their values are read by a job. */
async function measuresOf(db: Executor, environmentId: number, input: Input) {
  const { outcome, filter, windowSeconds, fromSeconds: startSeconds, cap } = input;
  const [lower, upper] = [cap?.lower ?? Number.NEGATIVE_INFINITY, cap?.upper ?? Number.POSITIVE_INFINITY];
  const window = { startSeconds, windowSeconds };
  const source = { outcome, filter, ...window, aggregate: aggregateOf(input), lower, upper };
  const whole = { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
  return {
    measureId: await findOrInsertMeasure(db, environmentId, source),
    denominatorId: input.denominator
      ? await findOrInsertMeasure(db, environmentId, { ...input.denominator, ...window, ...whole })
      : null,
    capQuantile: cap?.quantile ?? null,
  };
}

/** What is taken per unit: by the kind, where it says so. */
function aggregateOf({ kind, aggregate }: Input): MetricRow['aggregate'] {
  if (analysedAs(kind) === 'proportion') return 'any';
  return kind === 'count' || kind === 'quantile' ? 'count' : aggregate;
}

function toContract(row: MetricRow): contract.Metric {
  const finite = (limit: number) => (Number.isFinite(limit) ? limit : null);
  const cap = { lower: finite(row.lower), upper: finite(row.upper), quantile: row.capQuantile };
  const { denominatorOutcome: outcome, denominatorFilter: filter, denominatorAggregate: aggregate } = row;
  return {
    key: row.key,
    name: row.name,
    kind: declaredKind(row),
    outcome: row.outcome,
    filter: row.filter,
    aggregate: row.aggregate,
    denominator: outcome && aggregate && aggregate !== 'any' ? { outcome, filter: filter ?? {}, aggregate } : null,
    quantile: row.quantile,
    cap: Object.values(cap).every((each) => each === null) ? null : cap,
    proxyFor: row.proxyForKey,
    fromSeconds: row.startSeconds,
    windowSeconds: row.windowSeconds,
    direction: row.direction,
    independentOfAnswer: row.independentOfAnswer,
    description: row.description,
    createdAt: row.createdAt.toISOString(),
  };
}
