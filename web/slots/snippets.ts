import type { Slot } from '../../server/contract/catalog.ts';

export type Snippet = { id: string; name: string; code: string; note: string };

/** Lines to paste into a service: they name the slot only, so that they stay as they are in every mode. */
export function snippets({ key, output }: Pick<Slot, 'key' | 'output'>, origin: string, outcome: string): Snippet[] {
  return [typescript({ key, output }, origin, outcome), openFeature(key, origin), curl({ key, output }, origin)];
}

function typescript({ key, output }: Pick<Slot, 'key' | 'output'>, origin: string, outcome: string): Snippet {
  const call =
    output === 'ranking'
      ? `const { items, impression } = await assay.rank('${key}', { unit: user.id }, (variant) => rankWith(variant.payload, request), {
  id: (item) => item.id,
});
assay.outcome('${outcome}', { unit: user.id, item: items[0].id, impression });`
      : `const { value, decision } = await assay.run('${key}', { unit: user.id }, (variant) => callModel(variant.payload, request));
assay.outcome('${outcome}', { unit: user.id, decision: decision.id });`;
  return {
    id: 'typescript',
    name: 'TypeScript',
    code: `import { connect } from '@assay-ml/sdk';

const assay = await connect({ url: '${origin}', key: process.env.ASSAY_KEY });
${call}`,
    note:
      output === 'ranking'
        ? 'Connect once per process. Give every item an id: interleaving mixes the lists by it.'
        : 'Connect once per process. A decision takes no network call; events are sent in the background.',
  };
}

function openFeature(key: string, origin: string): Snippet {
  return {
    id: 'openfeature',
    name: 'OpenFeature',
    code: `import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';

await OpenFeature.setProviderAndWait(new OFREPProvider({
  baseUrl: '${origin}',
  headers: [['Authorization', \`Bearer \${process.env.ASSAY_KEY}\`]],
}));
const model = await OpenFeature.getClient().getObjectDetails('${key}', {}, { targetingKey: user.id });`,
    note: 'Providers exist for most languages. An evaluation records nothing: send the exposure of its metadata when the variant is used.',
  };
}

function curl({ key, output }: Pick<Slot, 'key' | 'output'>, origin: string): Snippet {
  const champion = output === 'ranking' ? ' While lists are interleaved, the champion is answered.' : '';
  return {
    id: 'curl',
    name: 'curl',
    code: `curl '${origin}/ofrep/v1/evaluate/flags/${key}' \\
  -H "Authorization: Bearer $ASSAY_KEY" -H 'Content-Type: application/json' \\
  -d '{"context":{"targetingKey":"user-1"}}'`,
    note: `Answers the variant with its payload, and an exposure to send to POST /v1/events when it is used.${champion}`,
  };
}
