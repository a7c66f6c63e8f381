/** What the address of the page says, as the parameters of the server. */

export const kinds = {
  experiment: 'Experiments',
  slot: 'Slots',
  metric: 'Metrics',
  audience: 'Audiences',
  key: 'Keys',
} as const;

/** The names of the fields in the address; all are texts. */
export const filterFields = ['kind', 'thing', 'who', 'action', 'from', 'to'] as const;

export const isFiltered = (address: URLSearchParams): boolean =>
  filterFields.some((name) => (address.get(name) ?? '') !== '');

/** Days are those of the reader; both the first and the last count. */
export function filterOf(address: URLSearchParams): string {
  const text = (name: (typeof filterFields)[number]) => (address.get(name) ?? '').trim();
  const [kind, thing] = [text('kind'), text('thing')];
  const parameters = {
    subject: kind === '' || thing === '' ? kind : `${kind}:${thing}`,
    actor: text('who'),
    action: text('action'),
    from: startOf(text('from'), 0),
    to: startOf(text('to'), 1),
  };
  return new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== '')).toString();
}

function startOf(day: string, later: number): string {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (!parts) return '';
  const [, year, month, date] = parts.map(Number);
  const at = new Date(year ?? 0, (month ?? 1) - 1, (date ?? 1) + later);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
}
