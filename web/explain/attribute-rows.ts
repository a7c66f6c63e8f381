import type { ExplainInput } from '../../server/contract/explain-contract.ts';

export type Attributes = NonNullable<ExplainInput['attributes']>;

export const attributeTypes = { text: 'Text', number: 'Number', boolean: 'Yes or no', list: 'List' } as const;
export type AttributeType = keyof typeof attributeTypes;

/** An attribute as it is typed; the id tells rows apart that have no name yet. */
export type AttributeRow = { id: number; name: string; type: AttributeType; text: string };

/** What the rows say; those without a name, or whose text is not of their type, are left out. */
export function attributesOf(rows: readonly AttributeRow[]): Attributes {
  const good = rows.filter((row) => row.name.trim() !== '' && rowProblem(row) === null);
  return Object.fromEntries(good.map((row) => [row.name.trim(), readValue(row)]));
}

/** What is wrong with the text; null: nothing. */
export function rowProblem({ type, text }: AttributeRow): string | null {
  if (type !== 'number') return null;
  return text.trim() !== '' && Number.isFinite(Number(text)) ? null : 'Enter a number; left out until then.';
}

function readValue({ type, text }: AttributeRow): Attributes[string] {
  switch (type) {
    case 'text':
      return text;
    case 'number':
      return Number(text);
    case 'boolean':
      return text === 'true';
    case 'list':
      return text
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== '');
  }
}

/** The rows that say the same; null where rows cannot: nothing, lists of anything but plain words. */
export function rowsOf(attributes: Attributes): AttributeRow[] | null {
  const rows = Object.entries(attributes).map(([name, value], id) => rowOf(id, name, value));
  return rows.every((row) => row !== null) ? rows : null;
}

function rowOf(id: number, name: string, value: Attributes[string]): AttributeRow | null {
  if (typeof value === 'string') return { id, name, type: 'text', text: value };
  if (typeof value === 'number') return { id, name, type: 'number', text: String(value) };
  if (typeof value === 'boolean') return { id, name, type: 'boolean', text: String(value) };
  if (!Array.isArray(value)) return null;
  const isPlain = value.every((each) => typeof each === 'string' && each.trim() === each && /^[^,]+$/.test(each));
  return isPlain ? { id, name, type: 'list', text: value.join(', ') } : null;
}

/** Attributes as JSON, or what is wrong with it. */
export function readAttributes(text: string): { attributes: Attributes; problem: null } | { problem: string } {
  if (text.trim() === '') return { attributes: {}, problem: null };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { problem: 'This is not JSON. It looks like {"country": "AT", "logins": 12}.' };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return { problem: 'Attributes are an object, such as {"country": "AT"}.' };
  }
  const bad = Object.entries(parsed).find(([, value]) => !isAttribute(value));
  if (bad) return { problem: `“${bad[0]}” must be a text, a number, true or false, null, or a list of these.` };
  return { attributes: parsed as Attributes, problem: null };
}

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
const isAttribute = (value: unknown): boolean =>
  value === null || isScalar(value) || (Array.isArray(value) && value.every(isScalar));
