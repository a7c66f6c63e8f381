import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The nearest folder above this file that holds `migrations/`: the same whether sources or the bundle run. */
function findRoot(): string {
  if (process.env.ASSAY_ROOT) return process.env.ASSAY_ROOT;
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'migrations', 'meta', '_journal.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('cannot find the migrations folder: set ASSAY_ROOT to the repository');
    folder = parent;
  }
  return folder;
}

const root = findRoot();

/** Absolute path of a file that ships with the server (migrations, the built dashboard). */
export function fromRoot(...parts: string[]): string {
  return join(root, ...parts);
}
