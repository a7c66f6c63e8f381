import { setTimeout as sleep } from 'node:timers/promises';
import type { ExperimentInput } from '../../server/contract/catalog.ts';
import type { MetricInput } from '../../server/contract/metric-contract.ts';

/** What clients are asked to measure while the system is tortured. */
export interface TorturedExperiment {
  key: string;
  /** Of its running phase. */
  phase: number;
  startedAt: number;
  metrics: MetricInput[];
  latenessSeconds: number;
}

export const VARIANTS = ['old', 'new', 'other'] as const;
export const OUTCOMES = ['buy', 'spend', 'visit'] as const;
export const CHANNELS = ['web', 'shop'] as const;
export const ADMIN_KEY = 'torture-admin-key-0123456789abcdef';

/** Its windows stay open: units may be seen in two variants, and their first exposure may move. */
const LONG = { key: 'long', windowSeconds: 3_600, latenessSeconds: 3_600 };
/** Units mature while the torture goes on, and outcomes come too late. */
const SHORT = { key: 'short', windowSeconds: 20, latenessSeconds: 20 };
export const SLOTS = [LONG.key, SHORT.key] as const;

export type Api = <T>(method: string, path: string, body?: unknown) => Promise<T>;

export function apiOf(port: number): Api {
  return async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { Authorization: `Bearer ${ADMIN_KEY}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
}

export async function makeExperiments(api: Api): Promise<{ sdkKey: string; experiments: TorturedExperiment[] }> {
  const { secret } = await api<{ secret: string }>('POST', '/api/keys', { kind: 'sdk', name: 'torture' });
  const experiments: TorturedExperiment[] = [];
  for (const { key, windowSeconds, latenessSeconds } of [LONG, SHORT]) {
    await api('POST', '/api/slots', { key, variants: VARIANTS.map((each) => ({ key: each })), champion: 'old' });
    const metrics = metricsOf(key, windowSeconds);
    for (const metric of metrics) await api('POST', '/api/metrics', metric);
    const experiment: ExperimentInput = {
      key,
      slot: key,
      name: key,
      metrics: metrics.map((metric, i) => ({ metric: metric.key, role: i === 0 ? 'primary' : 'secondary' })),
      phases: [
        {
          split: [
            { variant: 'old', weight: 0.5 },
            { variant: 'new', weight: 0.3 },
            { variant: 'other', weight: 0.2 },
          ],
          // So many that no look is due: a report then shows all mature units, not those of a look.
          plan: { units: 100_000_000, design: 'fixed', latenessSeconds },
        },
      ],
    };
    await api('POST', '/api/experiments', experiment);
    await api('POST', `/api/experiments/${key}/start`);
    const { phase } = await api<{ phase: { id: number; startedAt: string } }>('GET', `/api/experiments/${key}/report`);
    experiments.push({ key, phase: phase.id, startedAt: Date.parse(phase.startedAt), metrics, latenessSeconds });
  }
  // Every server process has heard of the phases by then.
  await sleep(600);
  return { sdkKey: secret, experiments };
}

function metricsOf(key: string, windowSeconds: number): MetricInput[] {
  const metric = (name: string, kind: MetricInput['kind'], more: Partial<MetricInput>): MetricInput => ({
    key: `${key}-${name}`,
    name: `${key} ${name}`,
    kind,
    outcome: name,
    windowSeconds,
    ...more,
  });
  return [
    metric('bought', 'proportion', { outcome: 'buy' }),
    metric('spent', 'mean', { outcome: 'spend' }),
    metric('visits', 'mean', { outcome: 'visit', aggregate: 'count', filter: { channel: 'web' } }),
    metric('per-visit', 'ratio', { outcome: 'spend', denominator: { outcome: 'visit', aggregate: 'count' } }),
  ];
}
