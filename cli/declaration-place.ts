import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

/** Where something stands in a file, as editors and CI logs link it. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

export interface Source {
  file: string;
  document: Document.Parsed;
  lines: LineCounter;
}

export const placeText = ({ file, line, column }: Place): string => `${file}:${line}:${column}`;

/** Where a path stands, or as much of it as is there: the key of an entry, the first character of an item. */
export function placeOf({ file, document, lines }: Source, path: readonly PropertyKey[]): Place {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    const child = childOf(node, part);
    if (child === null) break;
    offset = startOf(child.at) ?? offset;
    node = child.value;
  }
  const { line, col } = lines.linePos(offset);
  return { file, line, column: col };
}

function childOf(node: unknown, part: PropertyKey): { at: unknown; value: unknown } | null {
  if (isSeq(node)) {
    const item = node.items[Number(part)];
    return item === undefined ? null : { at: item, value: item };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
  return pair ? { at: pair.key, value: pair.value } : null;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
