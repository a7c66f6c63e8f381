import { z } from 'zod';

/** Fields that several parts of the contract have in common. */

/** A key people type: lower case letters, digits, `-`, `_` and `.`; at most 128 characters. */
export const key = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,127}$/, 'use 1-128 of a-z 0-9 . _ - and start with a letter or digit')
  .meta({ example: 'fraud-score' });

export const instant = z.iso.datetime({ offset: true }).meta({ description: 'Instant, ISO 8601 with offset' });

export const seconds400Days = z
  .int()
  .min(1)
  .max(400 * 86_400);

export const margin = z
  .union([z.object({ relative: z.number().gt(0).lte(1) }), z.object({ absolute: z.number().gt(0) })])
  .meta({
    description: "How much worse a variant may be: a share of the control's value, or in the metric's own unit",
  });

export const reason = z.string().trim().min(1).max(500).meta({ description: 'Why, for the history' });
