import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const folder = new URL('..', import.meta.url);

/** One experiment of each product: two variants, half and half, for units whose country is DE or FR; nothing is recorded. */
export interface Peer {
  name: string;
  /** The variant that this unit gets. */
  decide: (unit: string) => string | Promise<string>;
  close: () => unknown;
}

/** Installs the peers once; bench/package.json pins them. */
export function installPeers(): void {
  const stamp = new URL('node_modules/.package-lock.json', folder);
  const lock = JSON.parse(readFileSync(new URL('package-lock.json', folder), 'utf8')) as { packages: object };
  const wanted = Object.keys(lock.packages).filter((path) => path !== '');
  const installed = existsSync(stamp)
    ? Object.keys((JSON.parse(readFileSync(stamp, 'utf8')) as { packages: object }).packages)
    : [];
  if (wanted.every((path) => installed.includes(path))) return;
  const npm = ['ci', '--workspaces=false', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status, stderr } = spawnSync('npm', npm, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The peers could not be installed (npm ci in bench/):\n${stderr}`);
}

/** They are no dependency of the project, so nothing is known of their types. */
async function load<T>(name: string): Promise<T> {
  const exports = (await import(name)) as T & { default?: T };
  return exports.default ?? exports;
}

export async function startPeers(): Promise<Peer[]> {
  return [await launchDarkly(), await unleash(), await optimizely(), await growthBook(), await planOut()];
}

const VARIATIONS = [{ model: 'v1' }, { model: 'v2' }];

async function launchDarkly(): Promise<Peer> {
  interface Client {
    waitForInitialization(options: { timeout: number }): Promise<unknown>;
    variation(flag: string, context: object, fallback: unknown): Promise<{ model: string }>;
    close(): void;
  }
  const { init, basicLogger } = await load<{
    init: (key: string, options: object) => Client;
    basicLogger: (options: object) => unknown;
  }>('@launchdarkly/node-server-sdk');
  const { TestData } = await load<{
    TestData: new () => { usePreconfiguredFlag(flag: object): void; getFactory(): unknown };
  }>('@launchdarkly/node-server-sdk/integrations');
  const half = (variation: number) => ({ variation, weight: 50_000 });
  const clause = { attribute: 'country', op: 'in', values: ['DE', 'FR'], contextKind: 'user' };
  const rollout = { kind: 'experiment', seed: 61, contextKind: 'user', variations: [half(0), half(1)] };
  const data = new TestData();
  data.usePreconfiguredFlag({
    key: 'exp',
    version: 1,
    on: true,
    salt: 'salt',
    variations: VARIATIONS,
    offVariation: 0,
    targets: [],
    prerequisites: [],
    fallthrough: { variation: 0 },
    rules: [{ id: 'rule', clauses: [clause], rollout }],
  });
  const client = init('sdk-key', {
    updateProcessor: data.getFactory(),
    sendEvents: false,
    diagnosticOptOut: true,
    logger: basicLogger({ level: 'none' }),
  });
  await client.waitForInitialization({ timeout: 5 });
  return {
    name: 'LaunchDarkly',
    decide: async (key) => (await client.variation('exp', { kind: 'user', key, country: 'DE' }, null)).model,
    close: () => client.close(),
  };
}

async function unleash(): Promise<Peer> {
  interface Client {
    on(event: string, listener: () => void): void;
    getVariant(flag: string, context: object): { name: string };
    destroy(): void;
  }
  const { Unleash } = await load<{ Unleash: new (options: object) => Client }>('unleash-client');
  const variant = (name: string) => ({ name, weight: 500, weightType: 'fix', stickiness: 'userId' });
  const strategy = {
    name: 'flexibleRollout',
    parameters: { rollout: '100', stickiness: 'userId', groupId: 'exp' },
    constraints: [{ contextName: 'country', operator: 'IN', values: ['DE', 'FR'] }],
    variants: [
      { ...variant('v1'), payload: { type: 'json', value: JSON.stringify(VARIATIONS[0]) } },
      { ...variant('v2'), payload: { type: 'json', value: JSON.stringify(VARIATIONS[1]) } },
    ],
  };
  const flag = { name: 'exp', type: 'experiment', enabled: true, stale: false, strategies: [strategy], variants: [] };
  const client = new Unleash({
    url: 'http://localhost:9/api',
    appName: 'bench',
    disableMetrics: true,
    refreshInterval: 0,
    skipInstanceCountWarning: true,
    bootstrap: { data: [flag] },
  });
  for (const event of ['error', 'warn']) client.on(event, () => {});
  await new Promise<void>((resolve) => client.on('ready', resolve));
  return {
    name: 'Unleash',
    decide: (userId) => client.getVariant('exp', { userId, properties: { country: 'DE' } }).name,
    close: () => client.destroy(),
  };
}

async function optimizely(): Promise<Peer> {
  interface Client {
    createUserContext(
      id: string,
      attributes: object,
    ): { decide(flag: string, options: string[]): { variationKey: string } };
    onReady(): Promise<unknown>;
    close(): unknown;
  }
  const { createInstance, createStaticProjectConfigManager, OptimizelyDecideOption } = await load<{
    createInstance: (options: object) => Client;
    createStaticProjectConfigManager: (options: { datafile: string }) => unknown;
    OptimizelyDecideOption: Record<string, string>;
  }>('@optimizely/optimizely-sdk');
  const datafile = JSON.stringify(optimizelyDatafile());
  const client = createInstance({ projectConfigManager: createStaticProjectConfigManager({ datafile }) });
  await client.onReady();
  const options = [OptimizelyDecideOption.DISABLE_DECISION_EVENT!];
  return {
    name: 'Optimizely',
    decide: (id) => client.createUserContext(id, { country: 'DE' }).decide('exp', options).variationKey,
    close: () => client.close(),
  };
}

function optimizelyDatafile(): object {
  const variable = { id: 'v', key: 'model', type: 'string', defaultValue: 'v0' };
  const variation = (id: string, key: string) => ({
    id,
    key,
    featureEnabled: true,
    variables: [{ id: 'v', value: key }],
  });
  const isCountry = (value: string) => ({ type: 'custom_attribute', name: 'country', match: 'exact', value });
  return {
    version: '4',
    revision: '1',
    projectId: '1',
    accountId: '1',
    anonymizeIP: true,
    botFiltering: false,
    rollouts: [],
    typedAudiences: [],
    variables: [],
    groups: [],
    events: [],
    attributes: [{ id: 't', key: 'country' }],
    audiences: [
      { id: 'a', name: 'a', conditions: JSON.stringify(['and', ['or', ['or', isCountry('DE'), isCountry('FR')]]]) },
    ],
    featureFlags: [{ id: '10', key: 'exp', experimentIds: ['100'], rolloutId: '', variables: [variable] }],
    experiments: [
      {
        id: '100',
        key: 'exp',
        layerId: '200',
        status: 'Running',
        audienceIds: ['a'],
        audienceConditions: ['or', 'a'],
        forcedVariations: {},
        trafficAllocation: [
          { entityId: '1', endOfRange: 5000 },
          { entityId: '2', endOfRange: 10_000 },
        ],
        variations: [variation('1', 'v1'), variation('2', 'v2')],
      },
    ],
  };
}

async function growthBook(): Promise<Peer> {
  interface Client {
    getFeatureValue(flag: string, fallback: unknown, context: { attributes: object }): { model: string };
    destroy(): void;
  }
  const { GrowthBookClient } = await load<{
    GrowthBookClient: new () => { initSync(options: object): Client };
  }>('@growthbook/growthbook');
  const rule = {
    condition: { country: { $in: ['DE', 'FR'] } },
    coverage: 1,
    hashAttribute: 'id',
    hashVersion: 2,
    seed: 'exp',
    key: 'exp',
    phase: '0',
    weights: [0.5, 0.5],
    variations: VARIATIONS,
    meta: [{ key: '0' }, { key: '1' }],
  };
  const features = { exp: { defaultValue: VARIATIONS[0], rules: [rule] } };
  const client = new GrowthBookClient().initSync({ payload: { features } });
  return {
    name: 'GrowthBook',
    decide: (id) => client.getFeatureValue('exp', null, { attributes: { id, country: 'DE' } }).model,
    close: () => client.destroy(),
  };
}

async function planOut(): Promise<Peer> {
  interface Inputs {
    userid: string;
    country: string;
  }
  interface Assignment {
    set(name: string, value: unknown): void;
  }
  /** What a subclass calls and overrides. */
  interface Base {
    setName(name: string): void;
    get(name: string, fallback: string): string;
  }
  const { Experiment, Ops } = await load<{
    Experiment: new (inputs: Inputs) => Base;
    Ops: { Random: { UniformChoice: new (options: object) => unknown } };
  }>('planout');
  class Example extends Experiment {
    setup() {
      this.setName('exp');
    }
    assign(parameters: Assignment, { country, userid: unit }: Inputs) {
      if (country !== 'DE' && country !== 'FR') return false;
      parameters.set('model', new Ops.Random.UniformChoice({ choices: ['v1', 'v2'], unit }));
      return true;
    }
    configureLogger() {}
    log() {}
    previouslyLogged() {
      return true;
    }
    getParamNames() {
      return ['model'];
    }
  }
  return {
    name: 'PlanOut',
    decide: (userid) => new Example({ userid, country: 'DE' }).get('model', 'v1'),
    close: () => {},
  };
}
