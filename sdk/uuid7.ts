/** A UUIDv7 of the given moment (ms since 1970): sorts by time, random otherwise. */
export function uuid7(at: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  const time = Math.max(0, Math.floor(at)).toString(16).padStart(12, '0').slice(-12);
  bytes[0] = 0x70 | (bytes[0]! & 0x0f);
  bytes[2] = 0x80 | (bytes[2]! & 0x3f);
  const rest = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const id = time + rest;
  return [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join('-');
}
