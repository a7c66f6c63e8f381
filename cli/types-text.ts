import { inOrder, propertyName, textType, typeOf } from './payload-type.ts';

/** What the module is written from, as the server's API answers it. */
export interface LiveDefinitions {
  project: string;
  environment: string;
  slots: readonly {
    key: string;
    output: 'value' | 'ranking';
    variants: readonly { key: string; payload: unknown }[];
  }[];
  metrics: readonly { outcome: string; denominator: { outcome: string } | null }[];
}

/** Outcomes that the SDK sends by itself. */
const OWN_OUTCOME = /^assay\./;

/** A TypeScript module with the type of these definitions: the same text whenever they are the same. */
export function typesText({ project, environment, slots, metrics }: LiveDefinitions): string {
  const byKey = new Map(slots.map((slot) => [slot.key, slot]));
  const slotLines = inOrder(byKey.keys()).map((key) => slotText(byKey.get(key)!));
  return `/**
 * The slots and outcomes of project ${plain(project)}, environment ${plain(environment)}.
 * Written by \`assay types\`: do not edit it, write it again. \`connect<Definitions>(…)\` checks calls against it.
 */
export interface Definitions {
  slots: ${slotLines.length === 0 ? 'Record<never, never>' : `{\n${slotLines.join('')}  }`};
  outcomes: ${outcomesText(metrics)};
}
`;
}

function slotText({ key, output, variants }: LiveDefinitions['slots'][number]): string {
  const payloads = variants.map((variant) => variant.payload);
  return `    ${propertyName(key)}: {
      output: ${textType(output)};
      variants: ${union(variants.map((variant) => variant.key))};
      payload: ${typeOf(payloads, '      ')};
    };
`;
}

/** Without any metric no name is known, and each is allowed. */
function outcomesText(metrics: LiveDefinitions['metrics']): string {
  const names = metrics.flatMap(({ outcome, denominator }) => [outcome, ...(denominator ? [denominator.outcome] : [])]);
  const sent = names.filter((name) => !OWN_OUTCOME.test(name));
  return sent.length === 0 ? 'string' : union(sent);
}

const union = (texts: string[]) => inOrder(texts).map(textType).join(' | ');

/** Within a comment nothing may end it. */
const plain = (text: string) => textType(text).replaceAll('*/', '*\\/');
