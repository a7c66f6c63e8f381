import { type ConnectOptions, HASH_RANGE, type Ruleset } from '@assay-ml/sdk';
import { assayProvider } from '@assay-ml/sdk/openfeature';
import { type Client, OpenFeature, type Provider } from '@openfeature/server-sdk';
import { type RecordingServer, recordingServer } from '../sdk/recording-server.ts';
import { experimentOf, phaseOf, rulesetOf, slotOf, splitOf } from '../sdk/rulesets.ts';

const HALF = 2 ** 31;

const range = (from: number, to: number) => ({ layer: { salt: 'layer-salt', from, to } });
const inNetherlands = { attribute: 'country', operator: 'in' as const, values: ['NL'] };
const allNew = phaseOf({ split: splitOf(['new', 1]) });
const numbers = { old: 1, new: 2 };

/** A slot for each way in which a decision can end. */
export const ruleset: Ruleset = rulesetOf({
  model: slotOf(),
  list: slotOf({ champion: 'a', variants: { a: ['x', 'y'] }, experiments: [] }),
  flag: slotOf({ champion: 'on', variants: { on: true }, experiments: [] }),
  text: slotOf({ champion: 'hi', variants: { hi: 'hello' }, experiments: [] }),
  number: slotOf({ champion: 'old', variants: numbers, experiments: [] }),
  wrapped: slotOf({
    champion: 'v1',
    variants: { v1: { value: 0.5, model: 'small', metadata: { owner: 'ranking', stars: 5, nested: {}, phase: 'x' } } },
    experiments: [],
  }),
  annotated: slotOf({
    champion: 'old',
    variants: { old: 1, new: { value: 2, metadata: { owner: 'a', phase: 'x' } } },
    experiments: [experimentOf({ phase: allNew })],
  }),
  off: slotOf({ champion: 'none', variants: { none: null }, experiments: [] }),
  control: slotOf({
    champion: 'control',
    variants: { control: null, new: null },
    experiments: [experimentOf({ phase: phaseOf({ split: splitOf(['new', 0.5], ['control', 0.5]) }) })],
  }),
  drawn: slotOf({
    champion: 'old',
    variants: numbers,
    experiments: [experimentOf({ phase: phaseOf({ split: splitOf(['new', 0.5], ['old', 0.5]) }) })],
  }),
  targeted: slotOf({
    champion: 'old',
    variants: numbers,
    experiments: [experimentOf({ targeting: [inNetherlands], phase: allNew })],
  }),
  lower: slotOf({
    champion: 'old',
    variants: numbers,
    experiments: [experimentOf({ ...range(0, HALF), phase: allNew })],
  }),
  upper: slotOf({
    champion: 'old',
    variants: numbers,
    experiments: [experimentOf({ ...range(HALF, HASH_RANGE), phase: allNew })],
  }),
});

export interface Started {
  provider: Provider;
  client: Client;
  server: RecordingServer;
  domain: string;
}

let domains = 0;
export const freshDomain = (): string => `provider-${domains++}`;

/** A provider that is ready, with its own client; what it sends is in `server`. */
export async function start(more: ConnectOptions = {}): Promise<Started> {
  const server = recordingServer(ruleset);
  const domain = freshDomain();
  const provider = assayProvider({ ...quiet, fetch: server.fetch, ...more });
  await OpenFeature.setProviderAndWait(domain, provider);
  return { provider, client: OpenFeature.getClient(domain), server, domain };
}

export const quiet: ConnectOptions = { url: 'http://assay.test', key: 'key', stream: false, onError: () => {} };

export async function closeAll(): Promise<void> {
  await OpenFeature.clearProviders();
  OpenFeature.clearHandlers();
}
