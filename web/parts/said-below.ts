import type { Report } from '../../server/contract/report-contract.ts';

/** The sentences that the parts of a mode and its gate tell with their numbers, so that the verdict need not. */
export function saidBelow({ delivery, gate }: Pick<Report, 'delivery' | 'gate'>): Set<string> {
  const sentences = new Set<string>();
  if (delivery === null) return sentences;
  collect(delivery, sentences);
  if (gate) sentences.add(gate.sentence);
  return sentences;
}

function collect(value: unknown, into: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, part] of Object.entries(value)) {
    if (name === 'sentence' && typeof part === 'string') into.add(part);
    else collect(part, into);
  }
}
