import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { AssayError } from '../http/errors.ts';
import type { Admission, Admitted } from './admission.ts';

/** Claimed at first for a body that does not say its length. */
const UNDECLARED_BYTES = 65_536;
/** A compressed body is taken for this many times its length until it is read: events compress about so well. */
const COMPRESSION = 8;
/** A body that takes longer than this to come keeps room only for what has come. */
const SLOW_AFTER_MS = 1_000;

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
  let admitted: Admitted | undefined;
  let stored = false;
  try {
    const decode = decoderOf(request);
    const expected = expectedBytes(request, decode !== null, maxBytes);
    admitted = admission.enter(expected);
    const result = await use(await readAll(request, decode?.() ?? null, { admitted, expected, maxBytes }));
    stored = true;
    return result;
  } finally {
    admitted?.leave(stored);
    if (!request.complete) discardRest(request, maxBytes);
  }
}

function expectedBytes(request: IncomingMessage, isCompressed: boolean, maxBytes: number): number {
  const declared = request.headers['content-length'];
  if (declared === undefined) return UNDECLARED_BYTES;
  const bytes = Number(declared);
  if (bytes > maxBytes) throw tooLarge(maxBytes);
  return isCompressed ? Math.min(bytes * COMPRESSION, maxBytes) : bytes;
}

interface Room {
  admitted: Admitted;
  /** Admitted at first. */
  expected: number;
  maxBytes: number;
}

function readAll(request: IncomingMessage, decoder: Transform | null, room: Room): Promise<Buffer> {
  // The client may have gone while its key was looked up; then no further event of the request will come.
  if (request.destroyed) throw unreadable(undefined);
  const { admitted, maxBytes } = room;
  const source = decoder === null ? request : request.pipe(decoder);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let expected = room.expected;
    const slow = setTimeout(() => {
      expected = 0;
      admitted.resize(bytes);
    }, SLOW_AFTER_MS);

    function take(chunk: Buffer): void {
      bytes += chunk.length;
      try {
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        if (bytes > expected) admitted.resize(bytes);
        chunks.push(chunk);
      } catch (error) {
        fail(error);
      }
    }

    function finish(): void {
      clearTimeout(slow);
      admitted.resize(bytes);
      resolve(Buffer.concat(chunks, bytes));
    }

    function fail(error: unknown): void {
      clearTimeout(slow);
      source.off('data', take);
      source.off('end', finish);
      if (decoder !== null) request.unpipe(decoder);
      decoder?.destroy();
      reject(error);
    }

    source.on('data', take);
    source.on('end', finish);
    source.on('error', (cause) => fail(unreadable(cause)));
    request.on('error', (cause) => fail(unreadable(cause)));
    request.on('close', () => {
      if (!request.complete) fail(unreadable(undefined));
    });
  });
}

/** What is still to come is read and thrown away, so that the client hears the answer; one that never ends is cut off. */
export function discardRest(request: IncomingMessage, maxBytes: number): void {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > 2 * maxBytes) request.destroy();
  });
}

/** What makes the decoder of the body: one takes a good part of a megabyte, so that it waits for its admission. */
function decoderOf(request: IncomingMessage): (() => Transform) | null {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return null;
  if (encoding === 'gzip') return () => createGunzip();
  if (encoding === 'deflate') return () => createInflate();
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
