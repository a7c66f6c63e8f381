import { createHash } from 'node:crypto';
import { z } from 'zod';
import { partitionName } from '../db/partitions.ts';

const DAY_MS = 86_400_000;

/**
 * An archive is a tar of `about.json`, for each relation `tables/NAME/000001.gz`, `000002.gz` … (gzip members that
 * together are its COPY text), `totals.json`, and last the checksum of these two. Why: docs/adr/0020.
 */

/** Raised when an older Assay could not read what this one writes. */
export const FORMAT = 1;
export const ABOUT = 'about.json';
export const TOTALS = 'totals.json';
export const CHECKSUM = 'checksum.txt';

/** Names go into SQL: only what our own migrations could have made. */
const identifier = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/);

const tableSchema = z.object({
  name: identifier,
  columns: z.array(identifier).min(1),
  /** Of its daily partitions, as 2026-11-22; null for tables without partitions. */
  days: z.array(z.iso.date()).nullable(),
});

export const aboutSchema = z.object({
  product: z.literal('assay'),
  format: z.number().int(),
  /** Version of the Assay that wrote it. */
  version: z.string(),
  createdAt: z.iso.datetime(),
  /** The last migration of the database: which schema the tables have. */
  migration: z.object({ tag: z.string(), when: z.number().int() }),
  /** In the order in which their relations are stored. */
  tables: z.array(tableSchema),
});

export const totalsSchema = z.object({
  /** Relations that have rows. */
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

export type ArchivedTable = z.infer<typeof tableSchema>;
export type About = z.infer<typeof aboutSchema>;
export type Totals = z.infer<typeof totalsSchema>;
/** A table, or one day of it: what is locked, copied and counted by itself. */
export interface Relation {
  name: string;
  table: string;
  /** Days since 1970; null without partitions. */
  day: number | null;
  columns: readonly string[];
}
export type RelationTotals = Totals['relations'][string];

export function partName(relation: string, part: number): string {
  return `tables/${relation}/${String(part).padStart(6, '0')}.gz`;
}

/** All relations of an archive, in their order. */
export function relationsOf(about: About): Relation[] {
  return about.tables.flatMap(({ name, columns, days }): Relation[] => {
    if (days === null) return [{ name, table: name, day: null, columns }];
    return days
      .map((each) => Date.parse(each) / DAY_MS)
      .map((day) => ({ name: partitionName(name, day), table: name, day, columns }));
  });
}

/** Contents of `checksum.txt`: SHA-256 of `about.json` followed by `totals.json`. */
export function checksumOf(about: Buffer, totals: Buffer): string {
  return `${createHash('sha256').update(about).update(totals).digest('hex')}\n`;
}
