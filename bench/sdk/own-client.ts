import { type Assay, type ConnectOptions, connect, type Fetch, HASH_RANGE, type Ruleset } from '@assay-ml/sdk';

/** Two slots with one experiment each: `ab` records a unit once, `bandit` records every decision. */
const ruleset: Ruleset = {
  rules: 1,
  version: 1,
  environment: 'bench',
  slots: { ab: slotOf(1, 'ab'), bandit: slotOf(2, 'bandit') },
};

function slotOf(id: number, mode: 'ab' | 'bandit'): Ruleset['slots'][string] {
  const split = [
    { variant: 'challenger', upTo: HASH_RANGE / 2, weight: 0.5 },
    { variant: 'champion', upTo: HASH_RANGE, weight: 0.5 },
  ];
  const phase = { id, mode, step: 1, salt: `phase${id}`, assignment: 'hash' as const, split };
  return {
    output: 'value',
    champion: 'champion',
    variants: { champion: { model: 'v1' }, challenger: { model: 'v2' } },
    timeoutMs: 60_000,
    fallback: null,
    experiments: [
      {
        key: mode,
        layer: { salt: `layer${id}`, from: 0, to: HASH_RANGE },
        targeting: [{ attribute: 'country', operator: 'in', values: ['DE', 'FR'] }],
        segments: [],
        paused: false,
        phase,
      },
    ],
  };
}

/** A server that commits everything at once: what is measured is the client. */
const commit: Fetch = async (url) =>
  url.endsWith('/v1/events')
    ? Response.json({ accepted: 0, rejected: [] }, { status: 202 })
    : Response.json(ruleset, { headers: { etag: '"1"' } });

export function ownClient(options: ConnectOptions = {}): Promise<Assay> {
  return connect({ url: 'http://bench.invalid', key: 'bench', fetch: commit, stream: false, ...options });
}
