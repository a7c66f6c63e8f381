import { effectPrior } from '../../stats/index.ts';
import type { Queryable } from '../db/queryable.ts';
import type { EffectPrior } from './compare/bayes-view.ts';

/** What concluded experiments of an environment found, and of which metrics. */
export interface PastEffects {
  /** Latest first. */
  effects: PastEffect[];
  metrics: { id: number; key: string; name: string; direction: 'increase' | 'decrease' }[];
}

/** The relative effect of an experiment's first challenger on one metric: of several, which share a control, only one. */
export interface PastEffect {
  experiment: string;
  concludedAt: Date;
  metricId: number;
  estimate: number;
  standardError: number;
  /** Of a proxy: sampling covariance with the effect on its business metric. */
  businessCovariance: number | null;
}

/**
 * From the last look that each concluded experiment took in its last phase: what was known when it was decided upon.
 * Rows of the first release have no relative effect and are left out.
 */
export async function readPastEffects(db: Queryable, environmentId: number): Promise<PastEffects> {
  const { rows } = await db.query<PastEffect>(
    `with decisive as (    -- one a metric and experiment
       select distinct on (e.id, l.metric_id) e.key, e.concluded_at, l.metric_id, l.result
       from experiment e
       join phase p on p.experiment_id = e.id
       join phase_variant v on v.phase_id = p.id
       join look l on l.phase_id = p.id and l.comparison = v.variant_id
       where e.environment_id = $1 and e.state = 'concluded' and p.mode = 'ab'
       order by e.id, l.metric_id, p.position desc, v.position, l.k desc
     )
     select key as experiment, concluded_at as "concludedAt", metric_id as "metricId",
       (result->'relative'->>'estimate')::float8 as estimate,
       (result->'relative'->>'standardError')::float8 as "standardError",
       (result->>'businessCovariance')::float8 as "businessCovariance"
     from decisive where (result->'relative'->>'standardError')::float8 > 0
     order by concluded_at desc, key, metric_id`,
    [environmentId],
  );
  const metrics = await db.query<PastEffects['metrics'][number]>(
    'select id, key, name, direction from metric where environment_id = $1',
    [environmentId],
  );
  return { effects: rows, metrics: metrics.rows };
}

/** How large effects on a metric tend to be; null below ten experiments. */
export function priorOf(past: PastEffects, metricId: number): EffectPrior | null {
  const found = past.effects.filter((each) => each.metricId === metricId);
  const prior = effectPrior(
    found.map((each) => each.estimate),
    found.map((each) => each.standardError),
  );
  if (prior.status !== 'ok') return null;
  const { mean, standardDeviation, experiments } = prior;
  return { mean, standardDeviation, experiments };
}
