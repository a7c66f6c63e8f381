import { z } from 'zod';
import { experimentMetric, experimentState } from './catalog.ts';
import { instant, key } from './field-types.ts';
import { phase } from './phase-contract.ts';

/** Which experiments measure a metric, and as what. */
export const metricUses = z.object({
  metric: key,
  uses: z
    .array(
      z.object({
        experiment: key,
        experimentName: z.string(),
        slot: key,
        state: experimentState,
        role: experimentMetric.shape.role,
        margin: experimentMetric.shape.margin,
        phases: z
          .array(
            z.object({
              position: z.int().meta({ description: 'Place of the phase in its experiment, from 0' }),
              mode: phase.shape.mode,
              startedAt: instant,
              endedAt: instant.nullable(),
            }),
          )
          .meta({ description: 'Those that have started, in their order' }),
      }),
    )
    .meta({ description: 'Newest experiment first' }),
});
export type MetricUses = z.infer<typeof metricUses>;
