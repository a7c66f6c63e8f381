import { type Assay, connect } from '../../sdk/index.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import type { TestServer } from './test-server.ts';

/** A slot "old"/"new", a metric and a running canary, all of the given name. */
export async function startCanary(
  { api }: Pick<TestServer, 'api'>,
  key: string,
  canary: Record<string, unknown>,
  slot: Record<string, unknown> = {},
): Promise<void> {
  const need = async (path: string, body: unknown) => {
    const answer = await api('POST', path, body);
    if (answer.status > 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  };
  await need('/api/slots', { key, variants: [{ key: 'old' }, { key: 'new' }], champion: 'old', ...slot });
  await need('/api/metrics', {
    key: `${key}-clicked`,
    name: 'Clicked',
    kind: 'proportion',
    outcome: `${key}-click`,
    windowSeconds: 1,
  });
  await need('/api/experiments', {
    key,
    slot: key,
    name: key,
    metrics: [{ metric: `${key}-clicked`, role: 'secondary' }],
    phases: [{ mode: 'canary', candidate: 'new', canary, plan: { latenessSeconds: 0 } }],
  });
  await need(`/api/experiments/${key}/start`, {});
}

/** The report, whose part on delivery is a canary's. */
export async function canaryReportOf({ api }: Pick<TestServer, 'api'>, key: string) {
  const { body } = await api<Report>('GET', `/api/experiments/${key}/report`);
  if (body.delivery?.mode !== 'canary') throw new Error(`no canary: ${JSON.stringify(body).slice(0, 500)}`);
  return { report: body, canary: body.delivery };
}

export function connectQuickly({ url, sdkKey }: Pick<TestServer, 'url' | 'sdkKey'>): Promise<Assay> {
  return connect({ url, key: sdkKey, flushEveryMs: 20, pollEveryMs: 100, onError: () => undefined });
}

/** One call a unit; `fails` says whose. Answers which variant served whom. */
export async function serve(
  assay: Assay,
  slot: string,
  units: Iterable<string>,
  fails: (variant: string, unit: string) => boolean = () => false,
): Promise<Map<string, string>> {
  const served = new Map<string, string>();
  for (const unit of units) {
    const call = assay.run(slot, { unit }, (variant) => {
      served.set(unit, variant.key);
      if (fails(variant.key, unit)) throw new Error('the model is broken');
      return Promise.resolve(1);
    });
    await call.catch(() => undefined);
  }
  return served;
}

export function* unitsFrom(start: number, count: number): Generator<string> {
  for (let i = start; i < start + count; i++) yield `u${i}`;
}
