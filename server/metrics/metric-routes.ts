import { z } from 'zod';
import { writeAudit } from '../audit/audit-store.ts';
import * as contract from '../contract/catalog.ts';
import { AssayError } from '../http/errors.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
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
          const aggregate = body.kind === 'proportion' ? 'any' : body.aggregate;
          const measureId = await findOrInsertMeasure(tx, principal.environmentId, { ...body, aggregate });
          if (!(await insertMetric(tx, principal.environmentId, { ...body, measureId }))) {
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

function toContract(row: MetricRow): contract.Metric {
  return {
    key: row.key,
    name: row.name,
    kind: row.kind,
    outcome: row.outcome,
    aggregate: row.aggregate,
    windowSeconds: row.windowSeconds,
    direction: row.direction,
    description: row.description,
    createdAt: row.createdAt.toISOString(),
  };
}
