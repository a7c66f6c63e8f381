import { z } from 'zod';
import { experimentInput, slotInput } from '../server/contract/catalog.ts';
import { metricInput } from '../server/contract/metric-contract.ts';
import { audienceInput } from '../server/contract/targeting-contract.ts';
import { nearestNames } from './nearest-names.ts';

/** A file of declarations: every entry has the shape in which the API takes it. */
export const declarationsSchema = z.strictObject({
  slots: z.array(slotInput).default([]),
  metrics: z.array(metricInput).default([]),
  audiences: z.array(audienceInput).default([]),
  experiments: z.array(experimentInput).default([]),
});
export type Declarations = z.output<typeof declarationsSchema>;
export type Section = keyof Declarations;
export type SlotDeclaration = Declarations['slots'][number];
export type MetricDeclaration = Declarations['metrics'][number];
export type AudienceDeclaration = Declarations['audiences'][number];
export type ExperimentDeclaration = Declarations['experiments'][number];
export type PhaseDeclaration = ExperimentDeclaration['phases'][number];

/** What is wrong in a file, and where: a path from its root. */
export interface Flaw {
  path: PropertyKey[];
  message: string;
}

/** The declarations in a parsed file, or all that is wrong with them. */
export function parseDeclarations(input: unknown): { declarations: Declarations | null; flaws: Flaw[] } {
  // An empty file declares nothing, and so does a section without entries.
  const given = Object.fromEntries(Object.entries(input ?? {}).filter(([, section]) => section !== null));
  const parsed = declarationsSchema.safeParse(isObject(input ?? {}) ? given : input);
  if (!parsed.success) return { declarations: null, flaws: parsed.error.issues.map((issue) => flawOf(issue, given)) };
  const flaws = unknownFields(given, parsed.data, []);
  return { declarations: flaws.length === 0 ? parsed.data : null, flaws };
}

function flawOf(issue: z.core.$ZodIssue, input: unknown): Flaw {
  const path = [...issue.path];
  if (path.length === 0 && issue.code === 'invalid_type') {
    return { path, message: 'A file is a map of "slots", "metrics", "audiences" and "experiments", each with a list.' };
  }
  if (issue.code === 'unrecognized_keys') {
    const name = issue.keys[0] ?? '';
    return { path: [...path, name], message: unknownField(name, Object.keys(declarationsSchema.shape)) };
  }
  const parent = valueAt(input, path.slice(0, -1));
  const field = String(path.at(-1));
  if (issue.code === 'invalid_type' && isObject(parent) && !Object.hasOwn(parent, field)) {
    const near = nearestNames(field, Object.keys(parent));
    return { path, message: `"${field}" is missing${near.length > 0 ? `; is "${near[0]}" meant to be it?` : '.'}` };
  }
  return { path, message: `${field}: ${issue.message}` };
}

/** What the parser has dropped: the API would ignore it as silently. */
function unknownFields(given: unknown, parsed: unknown, path: PropertyKey[]): Flaw[] {
  if (Array.isArray(given) && Array.isArray(parsed)) {
    return given.flatMap((each, i) => unknownFields(each, parsed[i], [...path, i]));
  }
  if (!isObject(given) || !isObject(parsed)) return [];
  return Object.entries(given).flatMap(([name, value]) =>
    Object.hasOwn(parsed, name)
      ? unknownFields(value, parsed[name], [...path, name])
      : [{ path: [...path, name], message: unknownField(name, Object.keys(parsed)) }],
  );
}

function unknownField(name: string, known: string[]): string {
  const near = nearestNames(name, known);
  return `"${name}" is no field here${near.length > 0 ? `; did you mean "${near[0]}"?` : '. The fields are those of the API: see /docs.'}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown> | null | undefined)?.[part],
    input,
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
