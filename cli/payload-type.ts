/** Deeper values are `unknown`. */
const DEEPEST = 16;
/** An object with more keys is taken for a dictionary. */
const MOST_FIELDS = 64;

/**
 * The TypeScript type of all these JSON values together, `string` for each text and so on. Objects become one type, with
 * what only some of them have as optional; lists become one list. Lines after the first start with `indent`.
 */
export function typeOf(values: readonly unknown[], indent = '', depth = 0): string {
  return typesOf(values, indent, depth).join(' | ');
}

function typesOf(values: readonly unknown[], indent: string, depth: number): string[] {
  const lists = values.filter((value) => Array.isArray(value));
  const objects = values.filter(isObject);
  const types = ['string', 'number', 'boolean'].filter((type) => values.some((value) => typeof value === type));
  if (depth > DEEPEST || values.length === 0) return ['unknown'];
  if (objects.length > 0) types.push(objectType(objects, indent, depth));
  if (lists.length > 0) types.push(listType(lists.flat(), indent, depth));
  if (values.includes(null)) types.push('null');
  return types;
}

function listType(items: readonly unknown[], indent: string, depth: number): string {
  const types = typesOf(items, indent, depth + 1);
  return types.length > 1 ? `(${types.join(' | ')})[]` : `${types.join()}[]`;
}

function objectType(objects: readonly Record<string, unknown>[], indent: string, depth: number): string {
  const fields = new Map<string, unknown[]>();
  for (const [key, value] of objects.flatMap((object) => Object.entries(object))) {
    const values = fields.get(key);
    if (values) values.push(value);
    else fields.set(key, [value]);
  }
  if (fields.size === 0) return 'Record<string, never>';
  if (fields.size > MOST_FIELDS) return `Record<string, ${typeOf([...fields.values()].flat(), indent, depth + 1)}>`;
  const inner = `${indent}  `;
  const lines = inOrder(fields.keys()).map((key) => {
    const values = fields.get(key) ?? [];
    return `${inner}${propertyName(key)}${values.length < objects.length ? '?' : ''}: ${typeOf(values, inner, depth + 1)};\n`;
  });
  return `{\n${lines.join('')}${indent}}`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** By code unit: the same on every machine. */
export function inOrder(keys: Iterable<string>): string[] {
  return [...new Set(keys)].sort((a, b) => (a < b ? -1 : 1));
}

export function propertyName(key: string): string {
  return /^[a-z_$][\w$]*$/i.test(key) ? key : textType(key);
}

/** The type of exactly this text. What no reader would see, or see in another order, is escaped. */
export function textType(text: string): string {
  const escaped = text.replace(/[\p{C}\p{Zl}\p{Zp}'\\]/gu, (sign) =>
    sign === "'" || sign === '\\' ? `\\${sign}` : `\\u{${sign.codePointAt(0)?.toString(16)}}`,
  );
  return `'${escaped}'`;
}
