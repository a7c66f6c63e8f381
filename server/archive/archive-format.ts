import { z } from 'zod';

/**
 * An archive is a tar of `about.json`, for each relation `tables/NAME/000001.gz`, `000002.gz` … (gzip members that
 * together are its COPY text), and last `totals.json`. What it is for and how it came about: docs/adr/0020.
 */

/** Raised when an older Assay could not read what this one writes. */
export const FORMAT = 1;
export const ABOUT = 'about.json';
export const TOTALS = 'totals.json';

/** Names go into SQL: only what our own migrations could have made. */
const identifier = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/);

const relationSchema = z.object({
  /** Of the table, or of one daily partition of it. */
  name: identifier,
  table: identifier,
  /** Of the partition, as 2026-11-22; null for tables without partitions. */
  day: z.iso.date().nullable(),
  columns: z.array(identifier).min(1),
});

export const aboutSchema = z.object({
  product: z.literal('assay'),
  format: z.number().int(),
  /** Version of the Assay that wrote it. */
  version: z.string(),
  createdAt: z.iso.datetime(),
  /** The last migration of the database: which schema the tables have. */
  migration: z.object({ tag: z.string(), when: z.number().int() }),
  /** In the order in which they are stored. */
  relations: z.array(relationSchema),
});

export const totalsSchema = z.object({
  relations: z.record(
    identifier,
    z.object({
      rows: z.number().int(),
      bytes: z.number().int(),
      parts: z.number().int(),
      /** Of the COPY text, in hexadecimal digits. */
      sha256: z.string(),
    }),
  ),
  /** Last value of each sequence that was used. */
  sequences: z.record(identifier, z.string().regex(/^\d{1,19}$/)),
});

export type Relation = z.infer<typeof relationSchema>;
export type About = z.infer<typeof aboutSchema>;
export type Totals = z.infer<typeof totalsSchema>;
export type RelationTotals = Totals['relations'][string];

export function partName(relation: string, part: number): string {
  return `tables/${relation}/${String(part).padStart(6, '0')}.gz`;
}
