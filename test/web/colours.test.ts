import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../../server/repository-root.ts';
import { dashOf, drawShape, pointsOf } from '../../web/charts/variant-marks.ts';
import { variantColours } from '../../web/parts/variant-colours.ts';

const sheet = readFileSync(fromRoot('web', 'page.css'), 'utf8');

/** The variables of one scheme that hold a colour, in linear light. */
function coloursOf(scheme: string): Map<string, number[]> {
  const block = sheet.split(`:root[data-mantine-color-scheme="${scheme}"] {`)[1]?.split('}')[0] ?? '';
  const found = [...block.matchAll(/--([\w-]+): #([0-9a-f]{3,6});/g)];
  return new Map(found.map(([, name = '', hex = '']) => [name, lightOf(hex)]));
}

function lightOf(hex: string): number[] {
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
  return [0, 2, 4].map((place) => {
    const part = Number.parseInt(full.slice(place, place + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
}

const luminance = ([r = 0, g = 0, b = 0]: number[]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

function contrast(one: number[], other: number[]): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** How colours look without one kind of cone: Machado, Oliveira and Fernandes (2009), severity 1. */
const eyes = {
  'all cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** CIE L*a*b* as an eye sees a colour. */
function labOf(light: number[], eye: number[][]): number[] {
  const seen = eye.map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        row.reduce((sum, part, at) => sum + part * (light[at] ?? 0), 0),
      ),
    ),
  );
  const [r = 0, g = 0, b = 0] = seen;
  const curve = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = curve((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
  const y = curve(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = curve((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const variants = ['variant-control', 'variant-1', 'variant-2', 'variant-3', 'variant-4', 'variant-5', 'variant-6'];
const pairs = variants.flatMap((one, place) => variants.slice(place + 1).map((other) => [one, other] as const));

describe.each(['light', 'dark'])('colours of the %s scheme', (scheme) => {
  const colours = coloursOf(scheme);
  const colour = (name: string): number[] => {
    const found = colours.get(name);
    if (!found) throw new Error(`there is no --${name}`);
    return found;
  };

  it('gives every mark of a chart three times the light of its ground, or a third', () => {
    const least = [...variants, 'live'].map((name) =>
      Math.min(contrast(colour(name), colour('card')), contrast(colour(name), colour('page'))),
    );
    expect(Math.min(...least)).toBeGreaterThanOrEqual(3);
  });

  it('gives words 4.5 times: axe does not judge those of a drawing', () => {
    for (const name of ['ink', 'muted']) expect(contrast(colour(name), colour('card'))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(Object.entries(eyes))('tells all variants apart with %s', (_, eye) => {
    const distances = pairs.map(([one, other]) => {
      const [a, b] = [labOf(colour(one), eye), labOf(colour(other), eye)];
      return Math.hypot(...a.map((part, at) => part - (b[at] ?? 0)));
    });
    // 2.3 is a just noticeable difference.
    expect(Math.min(...distances)).toBeGreaterThan(12);
  });
});

describe('a variant in a chart', () => {
  const colours = variantColours([
    { variant: 'a', control: false },
    { variant: 'old', control: true },
    ...['b', 'c', 'd', 'e', 'f'].map((variant) => ({ variant, control: false })),
  ]);

  it('is grey, without dash, and round when it is the control, wherever it stands in the split', () => {
    const control = colours.get('old') ?? '';
    expect(control).toBe('var(--variant-control)');
    expect([dashOf(control), pointsOf(control, 0, 0, 1)]).toEqual(['', null]);
  });

  it('has a dash and a shape of its own beside its colour', () => {
    expect(new Set([...colours.values()].map(dashOf)).size).toBe(colours.size);
    expect(new Set([...colours.values()].map((colour) => pointsOf(colour, 0, 0, 1))).size).toBe(colours.size);
  });

  it('has the same corners on a canvas as in the page', () => {
    const corners: string[] = [];
    const add = (x: number, y: number) => void corners.push(`${x},${y}`);
    drawShape({ moveTo: add, lineTo: add, arc: () => {}, closePath: () => {} }, 'var(--variant-2)', 3, 4, 5);
    expect(corners.join(' ')).toBe(pointsOf('var(--variant-2)', 3, 4, 5));
  });
});
