import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

/** One person of the experiment, see examples/data/README.md. */
export interface Voter {
  /** `voter-1` … `voter-305866`, by their line in the file. */
  unit: string;
  variant: string;
  votedBefore: 0 | 1;
  voted: 0 | 1;
  sex: string;
}

const COLUMNS = 'sex,yearofbirth,primary2004,messages,primary2006,hhsize';
const VARIANTS: Record<string, string> = {
  Control: 'control',
  'Civic Duty': 'civic-duty',
  Hawthorne: 'hawthorne',
  Neighbors: 'neighbors',
};

export async function* readVoters(file: string): AsyncGenerator<Voter> {
  const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()), crlfDelay: Infinity });
  let line = -1;
  for await (const text of lines) {
    line += 1;
    if (line === 0) {
      if (text.trim() !== COLUMNS) throw new Error(`${file}: expected the columns ${COLUMNS}`);
      continue;
    }
    const [sex = '', , before, messages = '', after] = text.split(',');
    const variant = VARIANTS[messages];
    if (!variant) throw new Error(`${file}, line ${line + 1}: unknown arm "${messages}"`);
    yield {
      unit: `voter-${line}`,
      variant,
      votedBefore: before === '1' ? 1 : 0,
      voted: after === '1' ? 1 : 0,
      sex,
    };
  }
}
