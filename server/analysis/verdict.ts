import type { Verdict } from '../contract/report-contract.ts';
import { factsOf, type VerdictInput } from './verdict-facts.ts';
import { VERDICT_TABLE } from './verdict-table.ts';

/** What the report advises, and why: the first row of the table that fits (docs/methods/verdict.md). */
export function verdictOf(input: VerdictInput): Verdict {
  const facts = factsOf(input);
  for (const row of VERDICT_TABLE) {
    if (!row.fits(facts)) continue;
    const [sentence, reasons] = row.say(facts);
    return { kind: row.kind, sentence, reasons };
  }
  throw new Error('the last row of the verdict table fits everything');
}
