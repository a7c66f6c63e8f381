import { dashOf, drawShape } from './variant-marks.ts';

/** `mark`: what the drawing has for it, with its dash or its shape; none: an area, of which the colour is all. */
export type LegendEntry = { name: string; colour: string; mark?: 'line' | 'dot' };

type Picture = { drawing: SVGSVGElement; title: string; legend: readonly LegendEntry[] };

/** Room around the drawing: labels may reach over its edges. */
const edge = 20;
/** Pixels of the file for one on the page. */
const scale = 2;
const titleLine = 22;
const legendLine = 20;
const markWidth = 34;

/** The drawing as it stands on the page, with its title and legend, on the ground of its card. */
export async function pictureOf({ drawing, title, legend }: Picture): Promise<Blob> {
  const { width, height } = drawing.viewBox.baseVal;
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('this browser gives no canvas');
  const family = getComputedStyle(document.body).fontFamily;
  pen.font = `600 16px ${family}`;
  const lines = wrapped(title, width, (text) => pen.measureText(text).width);
  pen.font = `13px ${family}`;
  const places = legendPlaces(legend, width, (text) => pen.measureText(text).width);
  const head =
    lines.length * titleLine + (places.at(-1)?.row ?? -1) * legendLine + (legend.length > 0 ? legendLine : 0);
  canvas.width = (width + 2 * edge) * scale;
  canvas.height = (head + height + 2 * edge + legendLine) * scale;
  pen.scale(scale, scale);
  pen.fillStyle = colourOf('var(--card)');
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.textBaseline = 'middle';
  pen.fillStyle = colourOf('var(--ink)');
  pen.font = `600 16px ${family}`;
  for (const [place, line] of lines.entries()) pen.fillText(line, edge, edge + (place + 0.5) * titleLine);
  drawLegend(pen, places, edge + lines.length * titleLine, family);
  const image = await loaded(drawing, family);
  pen.drawImage(image, 0, head + legendLine, width + 2 * edge, height + 2 * edge);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture is too large'))), 'image/png'),
  );
}

type Placed = LegendEntry & { x: number; row: number };

function legendPlaces(legend: readonly LegendEntry[], width: number, measure: (text: string) => number): Placed[] {
  let [x, row] = [0, 0];
  return legend.map((entry) => {
    const wide = markWidth + measure(entry.name);
    if (x > 0 && x + wide > width) [x, row] = [0, row + 1];
    const place = { ...entry, x, row };
    x += wide + 20;
    return place;
  });
}

function drawLegend(pen: CanvasRenderingContext2D, places: readonly Placed[], top: number, family: string): void {
  pen.font = `13px ${family}`;
  for (const { name, colour, mark, x, row } of places) {
    const y = top + (row + 0.5) * legendLine;
    pen.fillStyle = colourOf(colour);
    pen.strokeStyle = pen.fillStyle;
    pen.beginPath();
    if (mark === 'line') {
      pen.lineWidth = 2.5;
      pen.setLineDash(dashOf(colour).split(' ').filter(Boolean).map(Number));
      pen.moveTo(edge + x, y);
      pen.lineTo(edge + x + markWidth - 8, y);
      pen.stroke();
    } else {
      drawShape(pen, mark === 'dot' ? colour : '', edge + x + markWidth - 14, y, 5);
      pen.fill();
    }
    pen.fillStyle = colourOf('var(--ink)');
    pen.fillText(name, edge + x + markWidth, y);
  }
}

function wrapped(text: string, width: number, measure: (text: string) => number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && measure(`${last} ${word}`) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** An image knows nothing of the page: its variables and its font are written out, and the tip of the pointer is left. */
async function loaded(drawing: SVGSVGElement, family: string): Promise<HTMLImageElement> {
  const { width, height } = drawing.viewBox.baseVal;
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  for (const tip of copy.querySelectorAll('[aria-label="tip"], [data-mark="tip"]')) tip.remove();
  copy.setAttribute('viewBox', `${-edge} ${-edge} ${width + 2 * edge} ${height + 2 * edge}`);
  copy.setAttribute('width', String(width + 2 * edge));
  copy.setAttribute('height', String(height + 2 * edge));
  copy.style.fontFamily = family;
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(withColours(new XMLSerializer().serializeToString(copy)))}`;
  await image.decode();
  return image;
}

const withColours = (markup: string): string => markup.replace(/var\(--[\w-]+\)/g, (name) => colourOf(name) || name);

/** The colour that a variable of the page has in the scheme that is shown. */
function colourOf(colour: string): string {
  const name = /^var\((--[\w-]+)\)$/.exec(colour)?.[1];
  return name ? getComputedStyle(document.documentElement).getPropertyValue(name).trim() : colour;
}
