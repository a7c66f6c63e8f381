import { gzipSync } from 'node:zlib';
import type { Plugin, Rolldown } from 'vite';

/** What a browser must fetch before the first page stands, compressed; charts and other pages come later. */
const most = 250_000;

/** Tells the size at each build, and fails one that is too large. */
export function firstPageSize(): Plugin {
  return {
    name: 'first-page-size',
    apply: 'build',
    generateBundle(_options, bundle) {
      const size = compressedSize(bundle);
      if (size > most) this.error(`the first page has ${size} bytes with gzip; ${most} are allowed`);
      console.log(`First page of the dashboard: ${Math.round(size / 1000)} kB with gzip, of ${most / 1000} allowed`);
    },
  };
}

function compressedSize(bundle: Rolldown.OutputBundle): number {
  const files = new Set<string>();
  const add = (name: string) => {
    const file = bundle[name];
    if (!file || files.has(name)) return;
    files.add(name);
    if (file.type !== 'chunk') return;
    for (const needed of [...file.imports, ...(file.viteMetadata?.importedCss ?? [])]) add(needed);
  };
  for (const file of Object.values(bundle)) if (file.type === 'chunk' && file.isEntry) add(file.fileName);
  return [...files].reduce((sum, name) => {
    const file = bundle[name];
    if (!file) return sum;
    return sum + gzipSync(file.type === 'chunk' ? file.code : file.source).length;
  }, 0);
}
