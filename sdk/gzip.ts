/** Compresses bodies until somebody on the way refuses a compressed one. */
export interface Gzip {
  /** The compressed body, or null: send it as it is. A body is compressed once; its repetitions are the same bytes. */
  pack(body: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** From now on bodies go as they are. */
  giveUp(): void;
}

/** Characters below which a body gains too little. */
const LEAST_LENGTH = 1024;

/** By the platform's CompressionStream, beside the event loop where it can; without one nothing is compressed. */
export function createGzip(): Gzip {
  let isOn = typeof CompressionStream === 'function';
  // One batch is under way at a time.
  let last = '';
  let packed: Promise<Uint8Array<ArrayBuffer> | null>;
  return {
    async pack(body) {
      if (!isOn || body.length < LEAST_LENGTH) return null;
      if (body !== last) {
        last = body;
        packed = compress(body).catch(() => null);
      }
      return packed;
    },
    giveUp() {
      isOn = false;
      last = '';
      packed = Promise.resolve(null);
    },
  };
}

async function compress(body: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new CompressionStream('gzip');
  const writer = stream.writable.getWriter();
  // What fails here fails the reading below too.
  writer.write(new TextEncoder().encode(body)).catch(() => {});
  writer.close().catch(() => {});
  return new Uint8Array(await new Response(stream.readable).arrayBuffer());
}
