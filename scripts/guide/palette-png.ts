import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST_COLOURS = 256;
/** Colours that differ in the last bits of a channel alone are put together. */
const KEPT_BITS = 4;

/**
 * A picture as PNG with at most 256 colours: the commonest, the others as the nearest of them. Screens of flat colours lose
 * nothing that one can see, and take a third of the room. `pixels`: red, green, blue and alpha of each, alpha is ignored.
 */
export function palettePng(pixels: Uint8Array, width: number, height: number): Buffer {
  const palette = paletteOf(pixels);
  const nearest = finder(palette);
  const rows = Buffer.alloc((width + 1) * height); // each row begins with its filter, 0: none
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = 4 * (y * width + x);
      rows[y * (width + 1) + 1 + x] = nearest(colourAt(pixels, at));
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8); // 8 bits a pixel, of a palette
  const colours = Buffer.from(palette.flatMap((colour) => channels(colour)));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const colourAt = (pixels: Uint8Array, at: number): number =>
  ((pixels[at] ?? 0) << 16) | ((pixels[at + 1] ?? 0) << 8) | (pixels[at + 2] ?? 0);

const channels = (colour: number): [number, number, number] => [colour >> 16, (colour >> 8) & 255, colour & 255];

/** All colours where they are few; else of each group of similar ones the commonest, the largest groups first. */
function paletteOf(pixels: Uint8Array): number[] {
  const counts = new Map<number, number>();
  for (let at = 0; at < pixels.length; at += 4) {
    const colour = colourAt(pixels, at);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const common = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  if (common.length <= MOST_COLOURS) return common.map(([colour]) => colour);
  const groups = new Map<string, { colour: number; n: number }>();
  for (const [colour, n] of common) {
    const name = channels(colour)
      .map((each) => each >> KEPT_BITS)
      .join();
    const group = groups.get(name);
    if (group) group.n += n;
    else groups.set(name, { colour, n });
  }
  const chosen = new Set(common.slice(0, MOST_COLOURS / 2).map(([colour]) => colour));
  for (const { colour } of [...groups.values()].sort((a, b) => b.n - a.n)) {
    if (chosen.size < MOST_COLOURS) chosen.add(colour);
  }
  return [...chosen];
}

function finder(palette: number[]): (colour: number) => number {
  const known = new Map(palette.map((colour, place) => [colour, place]));
  return (colour) => {
    const found = known.get(colour);
    if (found !== undefined) return found;
    const own = channels(colour);
    const distance = (other: number) =>
      channels(other).reduce((sum, value, i) => sum + (value - (own[i] ?? 0)) ** 2, 0);
    const best = palette.reduce(
      (least, each, place) => (distance(each) < distance(palette[least] ?? 0) ? place : least),
      0,
    );
    known.set(colour, best);
    return best;
  };
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
