import type { CanaryReport } from '../../server/contract/canary-contract.ts';
import { plain } from '../format.ts';
import { differenceScale, differenceText, type MetricKind } from '../metric-numbers.ts';

/** One line of the picture of a guardrail: a step by itself, or all of them. */
export type StepRow = {
  id: string;
  name: string;
  estimate: number | null;
  lower: number | null;
  upper: number | null;
  /** All steps together: the one that is judged. */
  whole: boolean;
  text: string;
};

/** Lines of a picture on one scale; `scale` log: ratios of rates. */
export type StepPicture = {
  rows: StepRow[];
  scale: 'log' | 'linear';
  even: number;
  pass: number | null;
  fail: number | null;
};

type Guardrail = CanaryReport['guardrails'][number];

/** Null before there is anything to draw. */
export function stepPicture(guardrail: Guardrail, kind: MetricKind): StepPicture | null {
  const { rate, evidence, limits } = guardrail;
  if (rate) {
    const rows = rate.steps.flatMap(({ step, ratio, candidate, control }) =>
      ratio ? [ratioRow(step, ratio, candidate + control)] : [],
    );
    const all: StepRow[] =
      rate.rateRatio === null || rows.length < 2
        ? []
        : [
            {
              ...EMPTY,
              id: 'all',
              name: 'All steps',
              estimate: rate.rateRatio,
              whole: true,
              text: times(rate.rateRatio),
            },
          ];
    return rows.length === 0 ? null : { rows: [...rows, ...all], scale: 'log', ...limits };
  }
  if (!evidence) return null;
  const { factor } = differenceScale(kind);
  const scaled = (value: number | null) => (value === null ? null : value * factor);
  const rows = evidence.steps.map(({ step, difference, interval }) => ({
    ...EMPTY,
    id: String(step),
    name: `Step ${step}`,
    estimate: difference * factor,
    lower: scaled(interval?.lower ?? null),
    upper: scaled(interval?.upper ?? null),
    text: interval ? differenceText(kind, { estimate: difference, interval }) : 'too few units',
  }));
  if (evidence.difference === null || rows.length === 0) return null;
  const { difference, lower, upper } = evidence;
  const interval = lower === null || upper === null ? null : { lower, upper };
  const all: StepRow = {
    id: 'all',
    name: 'All steps',
    estimate: difference * factor,
    lower: scaled(lower),
    upper: scaled(upper),
    whole: true,
    text: interval ? differenceText(kind, { estimate: difference, interval }) : 'too few units',
  };
  return { rows: [...rows, all], scale: 'linear', even: 0, pass: scaled(limits.pass), fail: scaled(limits.fail) };
}

const EMPTY = { lower: null, upper: null, whole: false } as const;

type Ratio = NonNullable<NonNullable<Guardrail['rate']>['steps'][number]['ratio']>;

function ratioRow(step: number, { estimate, lower, upper }: Ratio, units: number): StepRow {
  const failing = units === 1 ? '1 failing unit' : `${units} failing units`;
  const limits = upper === null ? `over ${ratio(lower)}` : `${ratio(lower)} to ${ratio(upper)}`;
  const text = estimate === null ? `${limits}, ${failing}` : `${times(estimate)} (${limits})`;
  return { id: String(step), name: `Step ${step}`, estimate, lower, upper, whole: false, text };
}

const ratio = (value: number): string => (value < 0.005 ? '0' : plain(value, value >= 10 ? 0 : value >= 1 ? 1 : 2));
const times = (value: number): string => `${ratio(value)}\u00d7`;

/** Holds all estimates and limits, and intervals as far as they leave room for them. */
export function stepDomain({ rows, scale, even, pass, fail }: StepPicture): [number, number] {
  const lines = [even, pass, fail].filter((value) => value !== null);
  const ends = rows.flatMap(({ estimate, lower, upper }) => [estimate, lower, upper]).filter((value) => value !== null);
  if (scale === 'log') {
    const low = Math.max(0.1, Math.min(...lines, ...ends) * 0.9);
    return [Math.min(low, 0.5), Math.min(20, Math.max(2, ...lines, ...ends) * 1.1)];
  }
  const firm = [...lines, ...rows.flatMap(({ estimate }) => (estimate === null ? [] : [estimate]))];
  const reach = 4 * Math.max(...firm.map((value) => Math.abs(value)), 0) || 1;
  const kept = [...lines, ...ends].map((value) => Math.max(-reach, Math.min(reach, value)));
  const [low, high] = [Math.min(...kept), Math.max(...kept)];
  const margin = (high - low) * 0.08 || 1;
  return [low - margin, high + margin];
}
