/** One server-sent event; a heartbeat is a comment, for which `type` is `comment` and `data` its text. */
export interface ServerSentEvent {
  type: string;
  data: string;
  /** That of this event, or of the last before it that had one; empty before. */
  id: string;
}

/** An event longer than this is not from Assay: nothing is kept beyond it. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/**
 * Reads `text/event-stream` (WHATWG HTML, section 9.2) piece by piece; a piece may end anywhere, between CR and LF too.
 * `retry` is not used: the client has a back-off of its own. @throws RangeError when an event grows past 64 M characters.
 */
export function sseParser(onEvent: (event: ServerSentEvent) => void): (piece: string) => void {
  let rest = '';
  let type = '';
  let data: string[] = [];
  let size = 0;
  let id = '';
  let isStart = true;
  let afterCarriageReturn = false;

  function takeLine(line: string): void {
    if (line === '') {
      if (data.length > 0) onEvent({ type: type || 'message', data: data.join('\n'), id });
      type = '';
      data = [];
      size = 0;
      return;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const start = line[colon + 1] === ' ' ? colon + 2 : colon + 1;
    const value = colon === -1 ? '' : line.slice(start);
    if (field === '') onEvent({ type: 'comment', data: value, id });
    else if (field === 'data') {
      data.push(value);
      // The empty count too: each takes room.
      size += value.length + 64;
    } else if (field === 'event') type = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
  }

  return (piece) => {
    let text = piece;
    if (isStart && text !== '') {
      isStart = false;
      if (text.startsWith('\ufeff')) text = text.slice(1);
    }
    if (afterCarriageReturn && text !== '') {
      afterCarriageReturn = false;
      if (text.startsWith('\n')) text = text.slice(1);
    }
    // Only the new piece is searched: what waits in `rest` holds no line end.
    const lineEnd = /\r\n|\n|\r/g;
    let from = 0;
    for (let match = lineEnd.exec(text); match !== null; match = lineEnd.exec(text)) {
      takeLine(rest + text.slice(from, match.index));
      rest = '';
      from = lineEnd.lastIndex;
      afterCarriageReturn = match[0] === '\r' && from === text.length;
    }
    rest += text.slice(from);
    if (rest.length + size > MAX_CHARACTERS) throw new RangeError('an event of the stream is too long');
  };
}
