import type { RebuildLine } from '../../server/contract/long-work-contract.ts';
import { answerOf } from './api-client.ts';

const pathOf = (experiment: string, what: string) => `/api/experiments/${encodeURIComponent(experiment)}/${what}`;

/** Has a phase computed again from raw events; `tell` hears each step. Ends with what it came to, or throws. */
export async function rebuild(
  { experiment, phase }: { experiment: string; phase: number },
  tell: (line: RebuildLine) => void,
  signal: AbortSignal,
): Promise<Extract<RebuildLine, { type: 'done' }>> {
  const response = await answerOf(pathOf(experiment, 'rebuild'), { method: 'POST', body: { phase }, signal });
  let text = '';
  let last: RebuildLine | undefined;
  for await (const part of partsOf(response)) {
    const lines = (text + part).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      last = JSON.parse(line) as RebuildLine;
      tell(last);
    }
  }
  if (last?.type === 'done') return last;
  throw new Error(last?.type === 'failed' ? last.message : 'The server ended it without a word.');
}

export interface ExportProgress {
  rows: number;
  bytes: number;
  /** About how many rows there will be; null where nobody counted. */
  of: number | null;
}

/** The data of a phase as a file; `tell` hears how much has come. */
export async function exportData(
  { experiment, phase }: { experiment: string; phase: number },
  tell: (progress: ExportProgress) => void,
  signal: AbortSignal,
): Promise<{ file: Blob; name: string; progress: ExportProgress }> {
  const response = await answerOf(pathOf(experiment, `export?phase=${phase}`), { signal });
  const expected = response.headers.get('assay-rows');
  const progress = { rows: 0, bytes: 0, of: expected === null ? null : Number(expected) };
  const parts: BlobPart[] = [];
  const reader = response.body?.getReader();
  for (;;) {
    const part = await reader?.read();
    if (!part?.value) break;
    parts.push(part.value);
    progress.bytes += part.value.length;
    for (const byte of part.value) if (byte === 10) progress.rows += 1;
    tell({ ...progress, rows: Math.max(0, progress.rows - 1) });
  }
  progress.rows = Math.max(0, progress.rows - 1); // the first line names the columns
  return { file: new Blob(parts, { type: 'text/csv' }), name: `${experiment}-phase-${phase}.csv`, progress };
}

async function* partsOf(response: Response): AsyncGenerator<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const part = await reader?.read();
    if (!part?.value) return;
    yield decoder.decode(part.value, { stream: true });
  }
}
