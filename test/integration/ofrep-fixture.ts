import { startCanary } from './canary-server.ts';
import { draftExperiment, type TestServer } from './test-server.ts';

/** Payloads of the slots that have nothing but a champion, by slot. */
export const PAYLOADS: Record<string, unknown> = {
  flag: true,
  greeting: 'Grüß Gott 👋',
  limit: 42,
  threshold: 0.25,
  model: { name: 'a', parameters: { depth: [1, 2] } },
  nothing: null,
};

async function need(test: TestServer, path: string, body: unknown): Promise<void> {
  const answer = await test.api('POST', path, body);
  if (answer.status > 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
}

/** Slots of all types of payload, and one each under an A/B test, a canary with targeting, a shadow, and a paused test. */
export async function fillWithFlags(test: TestServer): Promise<void> {
  for (const [key, payload] of Object.entries(PAYLOADS)) {
    await need(test, '/api/slots', { key, variants: [{ key: 'only', payload }], champion: 'only' });
  }
  await draftExperiment(test, { key: 'split' });
  await need(test, '/api/experiments/split/start', {});
  await draftExperiment(test, { key: 'paused' });
  await need(test, '/api/experiments/paused/start', {});
  await need(test, '/api/experiments/paused/pause', {});
  const steps = [0.25, 0.5].map((share) => ({ share, minimumSeconds: 3600, minimumRequests: 1000 }));
  await startCanary(test, 'ramp', { steps, guardrails: [{ kind: 'errors', mustPass: false }] });
  await need(test, '/api/slots', {
    key: 'shadowed',
    variants: [
      { key: 'old', payload: 1 },
      { key: 'new', payload: 2 },
    ],
    champion: 'old',
  });
  const shadow = { mode: 'shadow', candidate: 'new', shadow: { share: 1 } };
  await need(test, '/api/experiments', { key: 'shadowed', slot: 'shadowed', name: 'Shadowed', phases: [shadow] });
  await need(test, '/api/experiments/shadowed/start', {});
  await need(test, '/api/slots', {
    key: 'german',
    variants: [
      { key: 'old', payload: 1 },
      { key: 'new', payload: 2 },
    ],
    champion: 'old',
  });
  await need(test, '/api/experiments', {
    key: 'german',
    slot: 'german',
    name: 'German',
    targeting: [{ attribute: 'country', operator: 'in', values: ['de'] }],
    segments: ['country'],
    range: { from: 0, to: 0.5 },
    metrics: [{ metric: 'split-clicked', role: 'primary' }],
    phases: [
      {
        split: [
          { variant: 'new', weight: 0.5 },
          { variant: 'old', weight: 0.5 },
        ],
        plan: { units: 100, latenessSeconds: 0 },
      },
    ],
  });
  await need(test, '/api/experiments/german/start', {});
}

/** A call in the protocol's manner. */
export async function evaluate(
  { url, sdkKey }: Pick<TestServer, 'url' | 'sdkKey'>,
  path: string,
  context: Record<string, unknown> | undefined,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${url}/ofrep/v1/evaluate/flags${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${sdkKey}`, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ context }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
