/** A variant is told by its colour and by a dash or a shape: never by colour alone. Both go with the colour's place. */
type Corner = readonly [number, number];

/** Corners about the middle, for a radius of 1; none: a circle. */
const shapes: readonly (readonly Corner[])[] = [
  [],
  regular(4, Math.PI / 4),
  regular(3, -Math.PI / 2),
  plus(0.4, Math.PI / 4),
  regular(3, Math.PI / 2),
  plus(0.4, 0),
  regular(5, -Math.PI / 2),
];
const dashes = ['', '7 4', '2 3', '10 3 2 3', '4 2', '12 4', '2 6'];

function regular(corners: number, from: number): Corner[] {
  return Array.from({ length: corners }, (_, place) => {
    const angle = from + (place * 2 * Math.PI) / corners;
    return [Math.cos(angle) * 1.15, Math.sin(angle) * 1.15];
  });
}

/** Its arms end where `half` tells; turned by 45 degrees it is a cross. A diamond is left to what a chart marks. */
function plus(half: number, turned: number): Corner[] {
  const arm: Corner[] = [
    [half, -half],
    [half, -1.15],
    [-half, -1.15],
  ];
  return [0, 1, 2, 3].flatMap((turn) =>
    arm.map(([x, y]): Corner => {
      const angle = turned - (turn * Math.PI) / 2;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      return [x * c - y * s, x * s + y * c];
    }),
  );
}

/** "var(--variant-2)" → 2; the control, and what is no variant, → 0. */
const placeOf = (colour: string): number => Number(/--variant-(\d)/.exec(colour)?.[1] ?? 0);

/** How the line of a colour is dashed; "" for none. */
export const dashOf = (colour: string): string => dashes[placeOf(colour)] ?? '';

type Pen = {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  arc(x: number, y: number, radius: number, from: number, to: number): void;
  closePath(): void;
};

/** The shape of a colour's dots, for marks of the drawing library: `size` is an area. */
export function symbolOf(colour: string) {
  return { draw: (pen: Pen, size: number) => drawShape(pen, colour, 0, 0, Math.sqrt(size / Math.PI)) };
}

export function drawShape(pen: Pen, colour: string, x: number, y: number, radius: number): void {
  const corners = shapes[placeOf(colour)] ?? [];
  if (corners.length === 0) {
    pen.moveTo(x + radius, y);
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    return;
  }
  for (const [place, [right, down]] of corners.entries()) {
    if (place === 0) pen.moveTo(x + right * radius, y + down * radius);
    else pen.lineTo(x + right * radius, y + down * radius);
  }
  pen.closePath();
}

/** Corners of the shape as SVG points; null: a circle. */
export function pointsOf(colour: string, x: number, y: number, radius: number): string | null {
  const corners = shapes[placeOf(colour)] ?? [];
  if (corners.length === 0) return null;
  return corners.map(([right, down]) => `${x + right * radius},${y + down * radius}`).join(' ');
}
