import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { AssayError } from '../http/errors.ts';
import type { Admission, Admitted } from './admission.ts';

/** Claimed at first for a body that does not say its length. */
const UNDECLARED_BYTES = 65_536;

/**
 * Reads a request's body, decompressed, and gives it to `use`. Its bytes are admitted before they are read and given back
 * when `use` has ended or the client has gone. The limit is that of the decompressed body.
 *
 * @throws AssayError `overloaded` or `body_too_large` (both before reading, where the request declares its length),
 *   `unsupported_media_type`, or `invalid_request` when the body cannot be decompressed or ends early.
 */
export async function withBody<T>(
  request: IncomingMessage,
  admission: Admission,
  maxBytes: number,
  use: (body: Buffer) => Promise<T>,
): Promise<T> {
  const declared = request.headers['content-length'];
  const declaredBytes = declared === undefined ? UNDECLARED_BYTES : Number(declared);
  if (declaredBytes > maxBytes) throw tooLarge(maxBytes);
  const admitted = admission.enter(declaredBytes);
  try {
    return await use(await readAll(request, admitted, maxBytes));
  } finally {
    admitted.leave();
  }
}

function readAll(request: IncomingMessage, admitted: Admitted, maxBytes: number): Promise<Buffer> {
  // The client may have gone while its key was looked up; then no further event of the request will come.
  if (request.destroyed) throw unreadable(undefined);
  const decoder = decoderOf(request);
  const source = decoder === null ? request : request.pipe(decoder);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;

    function take(chunk: Buffer): void {
      bytes += chunk.length;
      try {
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        admitted.growTo(bytes);
        chunks.push(chunk);
      } catch (error) {
        fail(error);
      }
    }

    function fail(error: unknown): void {
      source.off('data', take);
      if (decoder !== null) request.unpipe(decoder);
      decoder?.destroy();
      // What is still to come is read and thrown away, so that the client hears the answer.
      request.resume();
      reject(error);
    }

    source.on('data', take);
    source.on('end', () => resolve(Buffer.concat(chunks, bytes)));
    source.on('error', (cause) => fail(unreadable(cause)));
    request.on('error', (cause) => fail(unreadable(cause)));
    request.on('close', () => {
      if (!request.complete) fail(unreadable(undefined));
    });
  });
}

function decoderOf(request: IncomingMessage): Transform | null {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return null;
  if (encoding === 'gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  const message = `Content-Encoding ${JSON.stringify(encoding.slice(0, 40))} is not known. Send gzip, deflate or none.`;
  throw new AssayError('unsupported_media_type', message);
}

function tooLarge(maxBytes: number): AssayError {
  return new AssayError('body_too_large', `The body is over ${maxBytes} bytes. Send the events in several batches.`);
}

function unreadable(cause: unknown): AssayError {
  const message = 'The body ended early or does not match its Content-Encoding. Send the same batch again.';
  return new AssayError('invalid_request', message, { cause });
}
