import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { type AuditEntry, auditPage } from '../contract/audit-contract.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { auditCsvHead, auditCsvLine } from './audit-csv.ts';
import { type AuditFilter, filterParameters, pageParameters, readFilter, readPage } from './audit-filter.ts';
import { type AuditRow, findAudit } from './audit-store.ts';

/** So many rows are in memory at once, however long the file. */
const CSV_PAGE = 500;

export function auditRoutes({ db }: Pick<Services, 'db'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/audit',
      tag: 'Audit',
      summary: 'Everything that was done, newest first: when, by whom, to which thing, and why.',
      auth: 'admin',
      query: { ...filterParameters, ...pageParameters },
      answer: auditPage,
      async handle({ principal, request }) {
        const { before, limit } = readPage(request.query);
        // One more tells whether there is another page.
        const rows = await findAudit(db, principal.environmentId, readFilter(request.query), before, limit + 1);
        const entries = rows.slice(0, limit).map(toContract);
        return { entries, next: rows.length > limit ? (entries.at(-1)?.id ?? null) : null };
      },
    }),
    route({
      method: 'get',
      path: '/api/audit.csv',
      tag: 'Audit',
      summary: 'The same as a file of comma-separated values, whole.',
      auth: 'admin',
      query: filterParameters,
      answer: z.string(),
      async handle({ principal, request, response }) {
        const lines = csvLines(db, principal.environmentId, readFilter(request.query));
        response.type('text/csv; charset=utf-8').attachment('audit.csv');
        // Whoever hangs up ends the reading; that is no failure of ours.
        await pipeline(Readable.from(lines), response).catch((error: unknown) => {
          if (!response.destroyed) throw error;
        });
        return '';
      },
    }),
  ];
}

async function* csvLines(db: Services['db'], environmentId: number, filter: AuditFilter): AsyncGenerator<string> {
  yield auditCsvHead;
  for (let before: number | null = null; ; ) {
    const rows = await findAudit(db, environmentId, filter, before, CSV_PAGE);
    yield rows.map((row) => auditCsvLine(toContract(row))).join('');
    before = rows.at(-1)?.id ?? null;
    if (rows.length < CSV_PAGE) return;
  }
}

const toContract = ({ at, ...rest }: AuditRow): AuditEntry => ({ ...rest, at: at.toISOString() });
