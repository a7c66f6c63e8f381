import { offPolicyAnswer } from '../../contract/bandit-contract.ts';
import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';
import { needExperiment } from '../../experiments/need-experiment.ts';
import { AssayError } from '../../http/errors.ts';
import { type Route, route } from '../../http/route.ts';
import type { Services } from '../../services.ts';
import { splitSentence } from './bandit-sentences.ts';
import { readBanditResult } from './bandit-store.ts';
import { startSums } from './bandit-sums.ts';
import { splitValue } from './split-value.ts';

/** What a fixed split would have earned on a bandit's own log. */
export function offPolicyRoute({ db, pool }: Services): Route {
  return route({
    method: 'get',
    path: '/api/experiments/:experiment/off-policy',
    tag: 'Reports',
    summary: 'What a fixed split would have earned per decision in a bandit phase; choose the split before you look.',
    auth: 'admin',
    query: {
      phase: 'Position of the bandit phase, from 0; the last one that started by default',
      split: 'Variants and weights, as in "a:0.3,b:0.7"; weights sum to 1',
    },
    answer: offPolicyAnswer,
    async handle({ principal, params, request }) {
      const row = await needExperiment(db, principal.environmentId, params.experiment ?? '');
      const phase = banditOf(row, request.query.phase);
      const split = readSplit(request.query.split, phase);
      const stored = await readBanditResult(pool, phase.id);
      const sums = stored?.result.sums ?? startSums(phase.split.length);
      const { level } = phase.plan;
      const value = splitValue(sums, split, level);
      const weights = phase.split.map(({ variant }, arm) => ({ variant, weight: split[arm] ?? 0 }));
      const name = weights.map(({ variant, weight }) => `${variant} ${weight}`).join(', ');
      return {
        ...value,
        sentence: splitSentence(`The split ${name}`, value),
        split: weights,
        level,
        phase: phase.position,
        units: sums.units,
        decisions: sums.decisions,
        computedAt: stored?.computedAt.toISOString() ?? null,
      };
    },
  });
}

function banditOf(row: ExperimentRow, position: unknown): PhaseRow {
  const started = row.phases.filter((each) => each.mode === 'bandit' && each.state !== 'planned');
  const found = position === undefined ? started.at(-1) : started.find((each) => String(each.position) === position);
  if (found) return found;
  const which = started.map((each) => each.position).join(', ');
  throw new AssayError(
    'not_found',
    `Experiment "${row.key}" has no started bandit phase${position === undefined ? '' : ` at position "${String(position)}"`}` +
      `${which ? `; there is: ${which}` : ''}.`,
  );
}

/** "a:0.3,b:0.7" as weights by arm; variants left out have 0. */
function readSplit(given: unknown, phase: PhaseRow): number[] {
  const names = phase.split.map((each) => each.variant);
  const example = `split=${names.map((name, i) => `${name}:${i === 0 ? 1 : 0}`).join(',')}`;
  const refuse = (what: string) => new AssayError('invalid_request', `split: ${what}; write it as ${example}.`);
  if (typeof given !== 'string' || given === '') throw refuse('name the variants and their weights');
  const weights = names.map(() => 0);
  const seen = new Set<string>();
  for (const part of given.split(',')) {
    const [name = '', text = ''] = part.split(':').map((each) => each.trim());
    const weight = text === '' ? Number.NaN : Number(text);
    if (!names.includes(name)) throw refuse(`"${name}" is not a variant of this phase`);
    if (seen.has(name)) throw refuse(`"${name}" stands twice`);
    if (!(weight >= 0 && weight <= 1)) throw refuse(`the weight of "${name}" must be from 0 to 1, got "${text}"`);
    seen.add(name);
    weights[names.indexOf(name)] = weight;
  }
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (Math.abs(sum - 1) > 1e-9) throw refuse(`the weights sum to ${sum}, not 1`);
  return weights;
}
