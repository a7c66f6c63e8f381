import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { CliError } from './cli-error.ts';
import { placeOf, placeText, type Source } from './declaration-place.ts';
import { type Declarations, type Flaw, parseDeclarations, type Section } from './declaration-schema.ts';

/** An entry of a file, and where its fields stand. */
export interface Declared<T> {
  value: T;
  /** file:line:column of a field of the entry, or of the entry itself. */
  at(path?: readonly PropertyKey[]): string;
}

export type Plan = { [Key in Section]: Declared<Declarations[Key][number]>[] };

const MOST_FLAWS = 20;

/** All declarations of files and folders; every flaw of all of them is told at once. */
export async function readPlan(paths: string[]): Promise<Plan> {
  const plan: Plan = { slots: [], metrics: [], audiences: [], experiments: [] };
  const flaws: string[] = [];
  for (const file of (await Promise.all(paths.map(filesAt))).flat()) {
    const source = parseSource(file, await readText(file));
    flaws.push(...(source.document.errors.length > 0 ? syntaxErrors(source) : addDeclarations(plan, source)));
  }
  flaws.push(...repeatedKeys(plan));
  if (flaws.length === 0) return plan;
  const more = flaws.length - MOST_FLAWS;
  const told = more > 0 ? [...flaws.slice(0, MOST_FLAWS), `… and ${more} more`] : flaws;
  throw new CliError(`The files cannot be used:\n${told.join('\n')}`);
}

async function filesAt(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
    if (names.length === 0) throw new CliError(`${path} has no .yaml, .yml or .json files.`);
    return names.map((name) => join(path, name));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`Cannot read ${path}: ${(error as Error).message}.`);
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CliError(`Cannot read ${file}: ${(error as Error).message}.`);
  }
}

function parseSource(file: string, text: string): Source {
  const lines = new LineCounter();
  return { file, lines, document: parseDocument(text, { lineCounter: lines, prettyErrors: false }) };
}

function syntaxErrors({ file, lines, document }: Source): string[] {
  return document.errors.map(({ pos, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    return `${placeText({ file, line, column: col })}: ${message}`;
  });
}

function addDeclarations(plan: Plan, source: Source): string[] {
  const told = ({ path, message }: Flaw) => `${placeText(placeOf(source, path))}: ${message}`;
  let input: unknown;
  try {
    input = source.document.toJS();
  } catch (error) {
    return [told({ path: [], message: (error as Error).message })];
  }
  const { declarations, flaws } = parseDeclarations(input);
  if (declarations === null) return flaws.map(told);
  for (const section of Object.keys(plan) as Section[]) {
    const entries = declarations[section].map((value, i) => ({
      value,
      at: (path: readonly PropertyKey[] = []) => placeText(placeOf(source, [section, i, ...path])),
    }));
    (plan[section] as unknown[]).push(...entries);
  }
  return [];
}

function repeatedKeys(plan: Plan): string[] {
  return Object.entries(plan).flatMap(([section, entries]) => {
    const first = new Map<string, string>();
    return entries.flatMap(({ value: { key }, at }) => {
      const before = first.get(key);
      if (before === undefined) first.set(key, at());
      return before === undefined ? [] : [`${at(['key'])}: "${key}" is among the ${section} already, at ${before}`];
    });
  });
}
