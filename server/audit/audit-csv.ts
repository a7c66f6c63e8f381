import type { AuditEntry } from '../contract/audit-contract.ts';

export const auditCsvHead = 'at,actor,action,subject,detail\r\n';

export const auditCsvLine = ({ at, actor, action, subject, detail }: AuditEntry): string =>
  `${[at, actor, action, subject, JSON.stringify(detail)].map(cell).join(',')}\r\n`;

/** Names are people's own words: a spreadsheet must not take one for a formula. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
