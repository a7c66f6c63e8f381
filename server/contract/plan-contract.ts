import { z } from 'zod';
import { seconds400Days } from './field-types.ts';

/** When conclusions are drawn, how, and what they are adjusted for. */

export const design = z.enum(['fixed', 'group_sequential', 'always_valid']).meta({
  description:
    'fixed: one look at the planned end; group_sequential: a planned number of looks share the error probability (O’Brien–Fleming spending); always_valid: looks as units come, without a planned end',
});

const planShape = z.object({
  level: z.number().gt(0.5).lt(1).default(0.95).meta({ description: 'Confidence level of intervals and tests' }),
  design: design.nullable().default(null).meta({
    description:
      'null chooses: group_sequential where looks and a final size are given, fixed where only a final size is, else always_valid',
  }),
  looks: z.int().min(1).max(14).nullable().default(null).meta({
    description: 'group_sequential: how many looks, at equal parts of the planned units or time; 5 when not given',
  }),
  units: z.int().min(2).nullable().default(null).meta({
    description: 'The last planned look is taken when this many units, over all variants, are mature',
  }),
  durationSeconds: seconds400Days.nullable().default(null).meta({
    description: 'Or when this much time has passed since the start; whichever is declared comes first',
  }),
  latenessSeconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .nullable()
    .default(null)
    .meta({
      description: 'How long after its window an outcome may still arrive; default min(24 h, the window)',
    }),
  minimumEffect: z.number().gt(0).max(10).nullable().default(null).meta({
    description: 'Relative effect on the primary metrics that it is to detect (0.02 = 2 %); always_valid needs it',
  }),
  correction: z.enum(['holm', 'dunnett']).default('holm').meta({
    description:
      'Over the primary comparisons of a look; dunnett: fixed design, one primary metric, several challengers',
  }),
  covariates: z
    .object({
      days: z.int().min(0).max(90).default(14).meta({
        description:
          "Whole UTC days before the day of first exposure over which a metric's own outcomes are summed; 0: none",
      }),
      attributes: z.array(z.string().min(1).max(128)).max(4).default([]).meta({
        description: "Numeric attributes given with the exposure, for instance the champion's score",
      }),
    })
    .nullable()
    .default(null)
    .meta({
      description: 'Adjusts every mean, proportion and ratio for what was known before the exposure (CUPED, Lin)',
    }),
  cluster: z.string().min(1).max(128).nullable().default(null).meta({
    description: 'External phases: the attribute by which units were randomised together, such as a household',
  }),
});
export const plan = planShape;
/** As stored: what was left open is chosen. */
export const chosenPlan = planShape.extend({ design });

/** Looks of a group-sequential plan that does not say how many. */
const DEFAULT_LOOKS = 5;

type OpenPlan = Pick<z.output<typeof plan>, 'design' | 'looks' | 'units' | 'durationSeconds'>;

/** What is chosen where a plan leaves design and looks open. */
export function chosenDesign(
  open: OpenPlan,
  { mode, assignment }: { mode: string; assignment: 'hash' | 'external' },
): { design: z.output<typeof design>; looks: number | null } {
  // Other modes conclude by rules of their own; units and duration are when they are to end.
  if (mode !== 'ab') return { design: 'fixed', looks: 1 };
  const ends = assignment === 'external' || open.units !== null || open.durationSeconds !== null;
  const sequential = open.looks !== null && open.looks > 1 ? 'group_sequential' : 'fixed';
  const chosen = open.design ?? (ends ? sequential : 'always_valid');
  if (chosen === 'always_valid') return { design: chosen, looks: null };
  return { design: chosen, looks: chosen === 'fixed' ? 1 : (open.looks ?? DEFAULT_LOOKS) };
}
