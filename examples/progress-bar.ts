const WIDTH = 32;

/** Draws `share` (0-1) and a label: one moving line on a terminal, a line every tenth elsewhere. */
export function progressBar(out: NodeJS.WriteStream = process.stdout): (share: number, label: string) => void {
  let tenths = -1;
  return (share, label) => {
    const done = Math.round(Math.min(1, share) * WIDTH);
    const line = `[${'#'.repeat(done)}${'.'.repeat(WIDTH - done)}] ${String(Math.floor(share * 100)).padStart(3)} %  ${label}`;
    if (out.isTTY) {
      out.write(`\r${line.padEnd(78)}${share >= 1 ? '\n' : ''}`);
      return;
    }
    const tenth = Math.floor(share * 10);
    if (tenth > tenths) out.write(`${line}\n`);
    tenths = Math.max(tenths, tenth);
  };
}
