import { collectDefaultMetrics, Gauge, register } from 'prom-client';
import { z } from 'zod';
import { AssayError } from '../http/errors.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';

collectDefaultMetrics();
new Gauge({
  name: 'assay_processes',
  help: 'Processes of this server that are ready: those that serve HTTP, and with several of them the one that started them',
}).set(1);

export function healthRoutes({ pool, disk, metricsText }: Services, isStopping: () => boolean): Route[] {
  return [
    route({
      method: 'get',
      path: '/healthz',
      tag: 'Operations',
      summary: 'The process is alive.',
      auth: 'none',
      answer: z.object({ ok: z.literal(true) }),
      handle: async () => ({ ok: true as const }),
    }),
    route({
      method: 'get',
      path: '/readyz',
      tag: 'Operations',
      summary:
        'The process can serve: 503 while the database is away or the server is stopping. `events` says whether it takes events.',
      auth: 'none',
      answer: z.object({
        ready: z.literal(true),
        events: z.enum(['taken', 'disk_full']).meta({
          description: 'disk_full: too little room is left beside the built-in PostgreSQL; all but events is served',
        }),
      }),
      async handle() {
        if (isStopping()) throw new AssayError('stopping', 'The server is stopping: ask another one.');
        await pool.query('select 1');
        return { ready: true as const, events: disk.isShort() ? ('disk_full' as const) : ('taken' as const) };
      },
    }),
    route({
      method: 'get',
      path: '/metrics',
      tag: 'Operations',
      summary: 'Prometheus metrics of all processes together, as text.',
      auth: 'none',
      answer: z.string(),
      async handle({ response }) {
        const text = await metricsText();
        response.type(register.contentType).send(text);
        return text;
      },
    }),
  ];
}
