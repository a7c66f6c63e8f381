/** Values as they stand in SQL that people paste: quoted, so that no name of a metric can end a literal. */
export const textLiteral = (value: string): string =>
  value.includes('\\')
    ? `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
    : `'${value.replaceAll("'", "''")}'`;

export const timeLiteral = (value: Date): string => `timestamptz '${value.toISOString()}'`;

/** A number with all its digits, as PostgreSQL reads decimals. */
export function numberLiteral(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`a literal must be finite, got ${value}`);
  return value < 0 ? `(${value})` : String(value);
}

/** Text of a comment: a line break would end it. */
export const commentText = (text: string): string => text.replaceAll(/[\r\n\u2028\u2029]+/g, ' ');
