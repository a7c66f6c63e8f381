import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

/** One `import`, `export … from`, `import()` or `import('…')` type. */
interface Import {
  specifier: string;
  line: number;
  typeOnly: boolean;
  /** Path below the root; absent for packages and for Node's own modules. */
  target: string | undefined;
}

interface SourceFile {
  path: string;
  lines: number;
  imports: Import[];
}

const folders = ['sdk', 'cli', 'stats', 'server', 'web', 'examples', 'bench', 'scripts', 'test'];
const maxLines = 300;
const distributions = /^(@stdlib\/|jstat$|lib-r-math\.js$)/;
/** Names that tools or habit give to one file a folder. */
const sharedName = /^(index|main)\.ts$|\.config\.[mc]?ts$/;
const builtins = new Set(builtinModules);

/** Breaches of the rules of imports and file names, one sentence each; empty when all is well. */
export function checkImports(root: string): string[] {
  const files = folders.flatMap((folder) => filesBelow(root, folder)).map((path) => readSource(root, path));
  return [
    ...files.flatMap((file) => file.imports.flatMap((each) => checkImport(file, each))),
    ...checkCycles(files),
    ...checkNames(files),
    ...checkLengths(files),
  ];
}

function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter((entry) => !['node_modules', 'dist', 'fixtures'].includes(entry.name))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return filesBelow(root, path);
      return /\.(ts|tsx|mts|js|mjs)$/.test(entry.name) ? [path] : [];
    });
}

function readSource(root: string, path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
  const imports: Import[] = [];
  const add = (node: ts.Node | undefined, typeOnly: boolean) => {
    if (!node || !ts.isStringLiteralLike(node)) return;
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    imports.push({ specifier: node.text, line, typeOnly, target: resolveTarget(root, path, node.text) });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node));
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { path, lines: text.split('\n').length - 1, imports };
}

function isTypeOnly(clause: ts.ImportClause | ts.ExportDeclaration | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  if (ts.isImportClause(clause) && clause.name) return false;
  const names = ts.isImportClause(clause) ? clause.namedBindings : clause.exportClause;
  if (!names || !(ts.isNamedImports(names) || ts.isNamedExports(names))) return false;
  return names.elements.length > 0 && names.elements.every((element) => element.isTypeOnly);
}

function resolveTarget(root: string, from: string, specifier: string): string | undefined {
  const sdk = /^@assay-ml\/sdk(?:\/(.+))?$/.exec(specifier);
  if (sdk) return `sdk/${sdk[1] ?? 'index'}.ts`;
  if (!specifier.startsWith('.')) return undefined;
  const path = posix.normalize(posix.join(posix.dirname(from), specifier.replace(/\?.*$/, '')));
  const candidates = [path, `${path}.ts`, `${path}.tsx`, `${path}/index.ts`, path.replace(/\.js$/, '.ts')];
  return candidates.find((each) => /\.\w+$/.test(each) && existsSync(join(root, each))) ?? path;
}

function checkImport(file: SourceFile, each: Import): string[] {
  const rule = brokenRule(file.path, each);
  return rule ? [`${file.path}:${each.line}: imports "${each.specifier}", but ${rule}`] : [];
}

/** What the import breaks, with the way out; the order of design is: sdk, stats ← server ← web, examples. */
function brokenRule(from: string, each: Import): string | undefined {
  const area = areaOf(from);
  const to = each.target === undefined ? undefined : areaOf(each.target);
  const isNode = each.specifier.startsWith('node:') || builtins.has(each.specifier);
  if (to === 'test' && area !== 'test') return 'only tests import test/: move what is shared out of it';
  if (/\.config\.[mc]?ts$/.test(from)) return undefined;
  switch (area) {
    case 'sdk':
      return brokenSdkRule(from, each, to, isNode);
    case 'stats':
      if (to === 'stats') return undefined;
      if (to === undefined && !isNode && distributions.test(each.specifier)) return undefined;
      return 'stats imports nothing outside itself except distributions (@stdlib/*, jstat, lib-r-math.js): pass it in as an argument';
    case 'server':
      if (to === undefined || to === 'server') return undefined;
      if (to === 'sdk' || to === 'stats') return viaIndex(each, to);
      return to === '' ? undefined : `server imports nothing of ${to}/: move what is shared into server/`;
    case 'cli':
      return brokenCliRule(each, to);
    case 'web':
      return brokenWebRule(each, to, isNode);
    case 'examples':
      return brokenExampleRule(from, each, to, isNode);
    default:
      return undefined;
  }
}

function brokenSdkRule(from: string, each: Import, to: string | undefined, isNode: boolean): string | undefined {
  if (to === 'sdk' || from.startsWith('sdk/vectors/')) return undefined;
  if (to !== undefined) return 'sdk imports nothing outside itself: it is published alone';
  if (isNode) {
    if (/^sdk\/(node|testing)/.test(from)) return undefined;
    return 'the core of the sdk runs outside Node too: move this into sdk/node* or sdk/testing*';
  }
  if (/^sdk\/openfeature/.test(from) && each.specifier.startsWith('@openfeature/')) return undefined;
  return 'the sdk has no dependencies: write the little that is needed, or take it as an option';
}

/** Its bundle takes the schemas of the API along: what a file declares is checked as the server would. */
function brokenCliRule(each: Import, to: string | undefined): string | undefined {
  if (to === undefined || to === 'cli' || each.target?.startsWith('server/contract/')) return undefined;
  if (to === 'sdk' && each.specifier.startsWith('@assay-ml/sdk')) return undefined;
  return 'the command line takes shapes from server/contract/ and the sdk as "@assay-ml/sdk": ask the server for the rest';
}

function brokenWebRule(each: Import, to: string | undefined, isNode: boolean): string | undefined {
  if (isNode) return 'the dashboard runs in a browser: Node has nothing to offer there';
  if (to === undefined || to === 'web') return undefined;
  if (to === 'stats') return viaIndex(each, to);
  if (!each.target?.startsWith('server/contract/')) {
    return 'web takes types from server/contract/ and functions from stats/index.ts, nothing else';
  }
  return each.typeOnly ? undefined : 'of server/contract/ web takes types only: write "import type"';
}

function brokenExampleRule(from: string, each: Import, to: string | undefined, isNode: boolean): string | undefined {
  if (to === 'examples' || isNode || /^@assay-ml\/sdk(\/|$)/.test(each.specifier)) return undefined;
  if (to === 'server') {
    return from === 'examples/demo.ts'
      ? undefined
      : 'only examples/demo.ts starts the server: talk to it through the sdk';
  }
  if (to === 'sdk') return 'examples use the sdk as a stranger would: import "@assay-ml/sdk"';
  return 'examples import the sdk and Node only, so that people can copy them';
}

function viaIndex(each: Import, area: string): string | undefined {
  if (each.target === `${area}/index.ts` || each.specifier.startsWith('@assay-ml/')) return undefined;
  return `${area} has one door: import from ${area}/index.ts, and export there what is needed`;
}

function areaOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
}

/** Depth first; each cycle is told once, at the import that closes it. */
function checkCycles(files: SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const trail: string[] = [];
  const found: string[] = [];
  const visit = (path: string): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const cycle = [...trail.slice(start), path].join(' → ');
      found.push(`${path}: is part of an import cycle (${cycle}): move what they share into a file that both import`);
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    const targets = new Set(byPath.get(path)?.imports.map((each) => each.target));
    for (const target of targets) if (target !== undefined && byPath.has(target)) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const { path } of files) visit(path);
  return found;
}

function checkNames(files: SourceFile[]): string[] {
  const found: string[] = [];
  const owners = new Map<string, string>();
  for (const { path } of files) {
    const name = posix.basename(path);
    if (!/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(name)) found.push(`${path}: file names are kebab-case: rename it`);
    // A bench is named after the part it measures: `npm run bench -- decide`.
    if (areaOf(path) === 'test' || sharedName.test(name) || /^bench\/[^/]+$/.test(path)) continue;
    const owner = owners.get(name);
    if (owner) found.push(`${path}: has the same name as ${owner}: name each file after what it alone holds`);
    else owners.set(name, path);
  }
  return found;
}

function checkLengths(files: SourceFile[]): string[] {
  return files
    .filter((file) => areaOf(file.path) !== 'test' && file.lines > maxLines)
    .map((file) => `${file.path}: has ${file.lines} lines, more than ${maxLines}: split it by what its parts do`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const violations = checkImports(dirname(dirname(fileURLToPath(import.meta.url))));
  for (const violation of violations) console.log(violation);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
