import type { ExperimentInput, Slot } from '../../server/contract/catalog.ts';
import type { PhaseInput } from '../../server/contract/phase-contract.ts';
import { type PlanInput, parseNumber } from './plan-fields.ts';
import { planJson, rounded } from './plan-json.ts';

/** A new experiment as it is typed beside its plan. */

type NamedMetric = NonNullable<ExperimentInput['metrics']>[number];
export type Role = NamedMetric['role'];
/** `metric` null: the one that is planned for. The margin is in percent, '' for none. */
export type RoleRow = { id: number; metric: string | null; role: Role; margin: string };
export const phasesBefore = ['shadow', 'canary', 'interleave'] as const;
export type PhaseBefore = (typeof phasesBefore)[number];

export type DraftForm = {
  name: string;
  /** null: made of the name. */
  key: string | null;
  hypothesis: string;
  /** Variants beside the champion; null: as many as are planned. */
  variants: string[] | null;
  metrics: RoleRow[];
  before: PhaseBefore[];
  /** From which a call of the canary is slow; '': known from the champion's calls. */
  slowMs: string;
  automatic: boolean;
  from: string;
  to: string;
};

export type DraftField = 'name' | 'key' | 'hypothesis' | 'slot' | 'variants' | 'metrics' | 'before' | 'range' | 'plan';
export type DraftProblems = Partial<Record<DraftField, string>>;

/** Shares of units of the ramp that is offered before a test; it can be edited as long as the experiment is a draft. */
export const rampShares = [0.01, 0.05, 0.25];

export function emptyDraft({ question, margin }: Pick<PlanInput, 'question' | 'margin'>): DraftForm {
  const planned: RoleRow = { id: 0, metric: null, role: 'primary', margin: '' };
  const metrics: RoleRow[] =
    question === 'difference'
      ? [planned]
      : [
          { ...planned, id: 1, metric: '' },
          { ...planned, role: 'guardrail', margin: String(rounded(margin * 100)) },
        ];
  return {
    name: '',
    key: null,
    hypothesis: '',
    variants: null,
    metrics,
    before: [],
    slowMs: '',
    automatic: false,
    from: '0',
    to: '100',
  };
}

/** "Größere Bilder, 2" → "grossere-bilder-2": what people would type. */
export const keyOfName = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);

export const chosenVariants = (
  { variants }: Pick<DraftForm, 'variants'>,
  slot: Slot | null,
  planned: number,
): string[] => variants ?? othersOf(slot).slice(0, planned);

export const othersOf = (slot: Slot | null): string[] =>
  (slot?.variants ?? []).map(({ key }) => key).filter((key) => key !== slot?.champion);

/** What a phase before the test cannot do here; null: possible. */
export function obstacleBefore(before: PhaseBefore, slot: Slot | null, variants: string[]): string | null {
  if (before === 'interleave') return slot?.output === 'ranking' ? null : 'Only a slot that ranks can interleave.';
  return variants.length === 1 ? null : 'It tries one variant; choose one beside the control.';
}

/** Primary metrics times other variants: what shares the error probability. */
export const comparisonsOf = (metrics: RoleRow[], variants: string[]): number =>
  metrics.filter(({ role }) => role === 'primary').length * variants.length;

type Around = { slot: Slot | null; metric: string; input: PlanInput; units: number };

/** The request that makes it, or what is missing at which field. */
export function experimentBody(
  form: DraftForm,
  { slot, metric, input, units }: Around,
): { body: ExperimentInput | null; problems: DraftProblems } {
  const variants = chosenVariants(form, slot, input.challengers);
  const [from, to] = [parseNumber(form.from), parseNumber(form.to)];
  const problems: DraftProblems = {
    ...(form.name.trim() === '' ? { name: 'Enter a name.' } : {}),
    ...(slot ? {} : { slot: 'Choose the slot that it runs on.' }),
    ...(slot && variants.length !== input.challengers ? { variants: variantsProblem(variants, input) } : {}),
    ...metricsProblem(form.metrics, metric),
    ...(from === null || to === null || !(0 <= from && from < to && to <= 100)
      ? { range: 'Enter two percentages from 0 to 100, the smaller one first.' }
      : {}),
  };
  const slowMs = form.slowMs.trim() === '' ? null : (parseNumber(form.slowMs) ?? 0);
  if (form.before.includes('canary') && slowMs !== null && !(slowMs > 0)) {
    problems.before = 'Enter a number of milliseconds above 0, or nothing.';
  }
  if (!slot || from === null || to === null || Object.keys(problems).length > 0) return { body: null, problems };
  const before = form.before.filter((each) => obstacleBefore(each, slot, variants) === null);
  const gate = form.automatic ? 'automatic' : 'manual';
  const body: ExperimentInput = {
    key: form.key ?? keyOfName(form.name),
    slot: slot.key,
    name: form.name.trim(),
    hypothesis: form.hypothesis.trim(),
    range: { from: rounded(from / 100), to: rounded(to / 100) },
    metrics: form.metrics.map((row) => roleOf(row, metric)),
    phases: [
      ...before.map((each) => ({ ...phaseBefore(each, slot.champion, variants, slowMs), gate }) as const),
      { mode: 'ab', split: splitOf(slot.champion, variants, input), plan: planJson(input, units) },
    ],
  };
  return { body, problems };
}

/** The control's share is planned; the others have equal parts of the rest. */
export const splitOf = (control: string, variants: string[], { controlShare }: Pick<PlanInput, 'controlShare'>) => [
  ...variants.map((variant) => ({ variant, weight: rounded((1 - controlShare) / variants.length) })),
  { variant: control, weight: rounded(controlShare) },
];

function variantsProblem(variants: string[], { challengers }: PlanInput): string {
  if (variants.length === 0) return 'Choose at least one variant beside the control.';
  return `The plan is for ${challengers} beside the control, and ${variants.length} ${variants.length === 1 ? 'is' : 'are'} chosen.`;
}

function metricsProblem(rows: RoleRow[], planned: string): DraftProblems {
  const keys = rows.map((row) => row.metric ?? planned);
  if (keys.includes('')) return { metrics: 'Choose a metric in every line, or remove the line.' };
  if (new Set(keys).size < keys.length) return { metrics: 'A metric may stand once.' };
  if (!rows.some(({ role }) => role === 'primary')) return { metrics: 'Name at least one primary metric: it decides.' };
  const margins = rows.filter(({ role, margin }) => role === 'guardrail' && margin.trim() !== '');
  const wrong = margins
    .map(({ margin }) => parseNumber(margin))
    .some((each) => each === null || each <= 0 || each > 100);
  return wrong ? { metrics: 'Enter margins as percentages above 0, up to 100, or leave them empty.' } : {};
}

function roleOf({ metric, role, margin }: RoleRow, planned: string) {
  const percent = role === 'guardrail' ? parseNumber(margin) : null;
  return { metric: metric ?? planned, role, margin: percent === null ? null : { relative: rounded(percent / 100) } };
}

function phaseBefore(
  before: PhaseBefore,
  champion: string,
  variants: string[],
  thresholdMs: number | null,
): PhaseInput {
  const candidate = variants[0] ?? '';
  if (before === 'shadow') return { mode: 'shadow', candidate, shadow: {} };
  if (before === 'interleave') return { mode: 'interleave', variants: [champion, ...variants], interleave: {} };
  const steps = rampShares.map((share) => ({ share }));
  if (thresholdMs === null) return { mode: 'canary', candidate, canary: { steps } };
  // Those that the server takes by itself, one of them with its limit.
  const guardrails = [
    { kind: 'errors', mustPass: false } as const,
    { kind: 'slow_calls', mustPass: false, thresholdMs } as const,
  ];
  return { mode: 'canary', candidate, canary: { steps, guardrails } };
}
