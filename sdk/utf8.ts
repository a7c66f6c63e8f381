/** Bytes of a string in UTF-8, a lone surrogate counted as U+FFFD (3 bytes), as TextEncoder writes it. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) bytes += 1;
    else {
      bytes += 2;
      // A pair is two code units and four bytes: the two units, plus these two.
      if (code >= 0xd800 && code < 0xdc00 && (text.codePointAt(i) ?? 0) > 0xffff) i++;
    }
  }
  return bytes;
}

/** What JSON.stringify writes for a lone surrogate (and for some harmless text with backslashes). */
const ESCAPED_SURROGATE = /\\ud[89a-f]/;

/** ASCII that JSON leaves as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** The JSON string of a text; lone surrogates become U+FFFD, so that what is sent is what was hashed (R1). */
export function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  const json = JSON.stringify(text);
  return ESCAPED_SURROGATE.test(json) ? JSON.stringify(text.replace(/\p{Surrogate}/gu, '\ufffd')) : json;
}
