import { inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { palettePng } from '../../scripts/guide/palette-png.ts';

/** Colours of a picture of one row, read back by the format's own rules. */
function coloursOf(png: Buffer): number[][] {
  const part = (type: string) => {
    const at = png.indexOf(type, 8, 'latin1');
    return png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4));
  };
  const palette = part('PLTE');
  const [filter, ...row] = inflateSync(part('IDAT'));
  expect(filter).toBe(0);
  return row.map((place) => [...palette.subarray(3 * place, 3 * place + 3)]);
}

it('few colours stay what they are', () => {
  const pixels = new Uint8Array([255, 0, 0, 255, 0, 114, 178, 255, 255, 0, 0, 255]);
  const png = palettePng(pixels, 3, 1);
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect(coloursOf(png)).toEqual([
    [255, 0, 0],
    [0, 114, 178],
    [255, 0, 0],
  ]);
});

it('of many colours each becomes one that is near', () => {
  const width = 1000;
  const pixels = new Uint8Array(4 * width);
  for (let x = 0; x < width; x += 1) pixels.set([x % 256, (x * 7) % 256, 40, 255], 4 * x);
  const colours = coloursOf(palettePng(pixels, width, 1));
  expect(new Set(colours.map(String)).size).toBeLessThanOrEqual(256);
  colours.forEach(([red = 0, green = 0], x) => {
    expect(Math.hypot(red - (x % 256), green - ((x * 7) % 256))).toBeLessThan(32);
  });
});
