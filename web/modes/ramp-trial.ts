import type { Phase } from '../../server/contract/phase-contract.ts';

/** A ramp as it stands in a form: what people write, in minutes and percent. */
export type RampTrial = {
  alpha: string;
  steps: { id: number; share: string; minutes: string; requests: string }[];
  guardrails: { name: string; margin: string; unit: '%' | 'own'; mustPass: boolean }[];
};

type Settings = NonNullable<Phase['canary']>;
type Guardrail = Settings['guardrails'][number];

const short = (value: number): string => String(Number(value.toPrecision(6)));

export function trialOf({ alpha, steps, guardrails }: Settings): RampTrial {
  return {
    alpha: short(alpha * 100),
    steps: steps.map(({ share, minimumSeconds, minimumRequests }, id) => ({
      id,
      share: short(share * 100),
      minutes: short(minimumSeconds / 60),
      requests: String(minimumRequests),
    })),
    guardrails: guardrails.map((guardrail) => ({ name: guardrailName(guardrail), ...marginOf(guardrail) })),
  };
}

export const guardrailName = (guardrail: Guardrail): string =>
  guardrail.kind === 'errors'
    ? 'Errors'
    : guardrail.kind === 'slow_calls'
      ? 'Slow calls'
      : `Metric ${guardrail.metric}`;

function marginOf(guardrail: Guardrail): Pick<RampTrial['guardrails'][number], 'margin' | 'unit' | 'mustPass'> {
  const { mustPass } = guardrail;
  if (guardrail.kind !== 'metric') return { margin: short(guardrail.margin * 100), unit: '%', mustPass };
  return 'relative' in guardrail.margin
    ? { margin: short(guardrail.margin.relative * 100), unit: '%', mustPass }
    : { margin: short(guardrail.margin.absolute), unit: 'own', mustPass };
}

/** One step more, half of the way to everyone. */
export function withStep(trial: RampTrial): RampTrial {
  const last = trial.steps.at(-1);
  const share = last ? short((Number(last.share) + 100) / 2) : '10';
  const id = 1 + Math.max(-1, ...trial.steps.map((step) => step.id));
  const next = { minutes: last?.minutes ?? '10', requests: last?.requests ?? '500', share, id };
  return { ...trial, steps: [...trial.steps, next] };
}

/** What the form says as settings, or what is wrong with it; the rest of `base` stays. */
export function settingsOf(trial: RampTrial, base: Settings): { settings: Settings } | { wrong: string } {
  const problems: string[] = [];
  const read = (text: string, what: string, least: number, most: number): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text.trim().replace(',', '.'));
    if (!(value >= least && value <= most)) problems.push(`${what} must be a number from ${least} to ${most}.`);
    return value;
  };
  const steps = trial.steps.map(({ share, minutes, requests }, place) => ({
    share: read(share, `Step ${place + 1}: the share`, 0.01, 99.99) / 100,
    minimumSeconds: Math.round(60 * read(minutes, `Step ${place + 1}: the time`, 0, 129_600)),
    minimumRequests: Math.round(read(requests, `Step ${place + 1}: the requests`, 1, 1e9)),
  }));
  const alpha = read(trial.alpha, 'False alarms', 0.01, 49.99) / 100;
  const guardrails = base.guardrails.map((guardrail, place) => {
    const own = trial.guardrails[place];
    if (!own) return guardrail;
    const margin = read(
      own.margin,
      `${own.name}: the margin`,
      own.unit === '%' ? 0.01 : 0,
      own.unit === '%' ? 1000 : 1e12,
    );
    return withMargin(guardrail, own.unit === '%' ? margin / 100 : margin, own.mustPass);
  });
  const falls = steps.findIndex(({ share }, place) => place > 0 && share <= (steps[place - 1]?.share ?? 0));
  if (problems.length === 0 && falls > 0)
    problems.push(`Step ${falls + 1} must have a larger share than step ${falls}.`);
  const [wrong] = problems;
  return wrong === undefined ? { settings: { ...base, alpha, steps, guardrails } } : { wrong };
}

function withMargin(guardrail: Guardrail, margin: number, mustPass: boolean): Guardrail {
  if (guardrail.kind !== 'metric') return { ...guardrail, margin, mustPass };
  return {
    ...guardrail,
    mustPass,
    margin: 'relative' in guardrail.margin ? { relative: margin } : { absolute: margin },
  };
}
