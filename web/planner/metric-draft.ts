import type { MetricInput } from '../../server/contract/metric-contract.ts';
import { ApiError } from '../api/api-client.ts';
import { keyOfName } from './experiment-draft.ts';
import { parseNumber } from './plan-fields.ts';
import { rounded } from './plan-json.ts';

/** A new metric as it is typed. */
export type MetricDraft = {
  name: string;
  /** null: made of the name. */
  key: string | null;
  kind: MetricInput['kind'];
  outcome: string;
  denominator: string;
  quantile: string;
  /** When the window opens, of retention alone, and when it closes; in days. */
  from: string;
  window: string;
  direction: 'increase' | 'decrease';
  description: string;
};
export type MetricProblems = Partial<Record<keyof MetricDraft, string>>;

export const emptyMetric: MetricDraft = {
  name: '',
  key: null,
  kind: 'proportion',
  outcome: '',
  denominator: '',
  quantile: '95',
  from: '1',
  window: '7',
  direction: 'increase',
  description: '',
};

const daySeconds = 86_400;

/** The request that defines it, or what is wrong at which field. */
export function metricBody(draft: MetricDraft): { body: MetricInput | null; problems: MetricProblems } {
  const { kind } = draft;
  const problems: MetricProblems = {};
  const days = (field: 'from' | 'window') => {
    const seconds = Math.round((parseNumber(draft[field]) ?? 0) * daySeconds);
    if (!(seconds >= 1 && seconds <= 400 * daySeconds)) problems[field] = 'Enter a number of days above 0, up to 400.';
    return seconds;
  };
  if (draft.name.trim() === '') problems.name = 'Enter a name.';
  if (draft.outcome.trim() === '') problems.outcome = 'Enter the name of the outcome events that it is computed from.';
  const windowSeconds = days('window');
  const fromSeconds = kind === 'retention' ? days('from') : 0;
  if (kind === 'retention' && !problems.from && fromSeconds >= windowSeconds) {
    problems.window = 'The window must close later than it opens.';
  }
  const percent = parseNumber(draft.quantile) ?? 0;
  if (kind === 'quantile' && !(percent > 0 && percent < 100))
    problems.quantile = 'Enter a percentage above 0 and below 100.';
  if (kind === 'ratio' && draft.denominator.trim() === '')
    problems.denominator = 'Enter the outcome that it is divided by.';
  if (Object.keys(problems).length > 0) return { body: null, problems };
  const body: MetricInput = {
    key: draft.key ?? keyOfName(draft.name),
    name: draft.name.trim(),
    kind,
    outcome: draft.outcome.trim(),
    windowSeconds,
    direction: draft.direction,
    description: draft.description.trim(),
    ...(kind === 'retention' ? { fromSeconds } : {}),
    ...(kind === 'quantile' ? { quantile: rounded(percent / 100) } : {}),
    ...(kind === 'ratio' ? { denominator: { outcome: draft.denominator.trim() } } : {}),
  };
  return { body, problems };
}

/** The same with what the server fills in, as far as the sentence of a definition needs it. */
export const definedBy = ({ kind, outcome, windowSeconds, ...rest }: MetricInput) => ({
  kind,
  outcome,
  windowSeconds,
  aggregate: kind === 'count' || kind === 'quantile' ? ('count' as const) : ('sum' as const),
  quantile: rest.quantile ?? null,
  fromSeconds: rest.fromSeconds ?? 0,
  direction: rest.direction ?? 'increase',
  denominator: rest.denominator ? { outcome: rest.denominator.outcome, aggregate: 'sum' as const } : null,
});

const fields: Record<string, keyof MetricDraft> = { windowSeconds: 'window', fromSeconds: 'from' };

/** What the server refused, at its field. */
export function refusedMetric(error: unknown): MetricProblems {
  if (!(error instanceof ApiError)) return {};
  if (error.code === 'conflict') return { key: error.message };
  const named = error.details.flatMap(({ path, message }) => {
    const head = path.split('.')[0] ?? '';
    const field = fields[head] ?? head;
    return field in emptyMetric ? [[field, `${message.charAt(0).toUpperCase()}${message.slice(1)}.`]] : [];
  });
  return Object.fromEntries(named) as MetricProblems;
}
