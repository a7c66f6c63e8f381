import * as Plot from '@observablehq/plot';
import { count, dateTime, dayOrHour } from '../format.ts';
import { allVariants, bucketCount, type ExposurePoint, planLine, type UnitPlan } from './exposure-series.ts';
import { gapMarks, pauseGaps } from './pause-marks.ts';
import { variantLines } from './plot-basics.ts';

type Options = {
  series: ExposurePoint[];
  colours: Map<string, string>;
  width: number;
  label: string;
  /** Where units are added up: what was planned. */
  plan: UnitPlan | null;
  /** Pauses of the phase, shaded. */
  pauses: readonly { from: string; to: string | null }[];
};

const single = (series: readonly ExposurePoint[]) => bucketCount(series) === 1;

export const exposureHeight = (series: readonly ExposurePoint[]): number =>
  single(series) ? 56 + 36 * series.length : 260;

export function drawExposures(options: Options): Element {
  return single(options.series) ? drawBars(options) : drawLines(options);
}

const style = {
  fontFamily: 'inherit',
  fontSize: '12.5px',
  background: 'none',
  color: 'var(--muted)',
  overflow: 'visible',
} as const;
const axis = { tickSize: 0, fontSize: 12.5, labelArrow: 'none' } as const;

function drawLines({ series, colours, width, label, plan, pauses }: Options): Element {
  const times = [...series, ...endOf(plan)].map(({ at }) => at.getTime());
  const span = [new Date(Math.min(...times)), new Date(Math.max(...times))] as const;
  const last = new Date(Math.max(...series.map(({ at }) => at.getTime())));
  const most = Math.max(plan?.units ?? 0, ...series.map(({ units }) => units));
  const colour = ({ variant }: ExposurePoint) =>
    variant === allVariants ? 'var(--ink)' : (colours.get(variant) ?? 'var(--live)');
  const dots = bucketCount(series) <= 40;
  return Plot.plot({
    width,
    height: exposureHeight(series),
    marginTop: 30,
    marginLeft: 16 + 8 * count(most).length,
    marginRight: 14,
    marginBottom: 34,
    style,
    x: { type: 'time', label: null },
    y: { domain: [0, Math.max(1, most)], nice: 5, label: null },
    marks: [
      Plot.gridY({ ticks: 5, stroke: 'var(--grid)', strokeOpacity: 1 }),
      ...gapMarks(pauseGaps(pauses, span[0], last), 'paused', span, width - 80),
      Plot.axisY({
        ...axis,
        ticks: 5,
        tickFormat: (value: number) => (Number.isInteger(value) ? count(value) : ''),
        label,
        labelAnchor: 'top',
        labelOffset: 0,
      }),
      Plot.axisX({
        ...axis,
        ticks: timeTicks([...series, ...endOf(plan)], width < 500 ? 4 : 7),
        tickFormat: (at: Date) => dayOrHour(at),
      }),
      Plot.ruleY([0], { stroke: 'var(--muted)', strokeWidth: 1 }),
      ...(plan ? planMarks(plan) : []),
      ...variantLines(series, ({ variant }) => variant, colour, {
        x: 'at',
        y: 'units',
        strokeWidth: 2,
        strokeLinejoin: 'round',
      }),
      ...(dots ? [Plot.dot(series, { x: 'at', y: 'units', fill: colour, r: 3 })] : []),
      Plot.tip(
        series,
        Plot.pointer({
          x: 'at',
          y: 'units',
          fill: 'var(--card)',
          stroke: 'var(--line)',
          title: ({ at, variant, units }: ExposurePoint) =>
            `${variant}\n${count(units)} units\n${dateTime(at.toISOString())}`,
        }),
      ),
    ],
  });
}

const endOf = (plan: UnitPlan | null): { at: Date }[] => (plan?.end ? [{ at: plan.end }] : []);

/** Dashed: an even pace where size and end are planned, else the size or the end alone. */
function planMarks(plan: UnitPlan) {
  const dashed = { stroke: 'var(--muted)', strokeDasharray: '5 4', strokeWidth: 1.5 } as const;
  const pace = planLine(plan);
  const words = { fontSize: 12, fill: 'var(--muted)' } as const;
  if (pace) {
    return [
      Plot.line(pace, { x: 'at', y: 'units', ...dashed }),
      Plot.text(pace.slice(1), {
        x: 'at',
        y: 'units',
        text: () => 'plan',
        textAnchor: 'end',
        dx: -4,
        dy: -8,
        ...words,
      }),
    ];
  }
  const { units, end } = plan;
  return [
    ...(units === null
      ? []
      : [
          Plot.ruleY([units], dashed),
          Plot.text([units], {
            y: (value: number) => value,
            frameAnchor: 'right',
            textAnchor: 'end',
            dy: 10,
            text: (value: number) => `planned ${count(value)}`,
            ...words,
          }),
        ]),
    ...(end === null
      ? []
      : [
          Plot.ruleX([end], dashed),
          Plot.text([end], {
            x: (at: Date) => at,
            frameAnchor: 'top',
            textAnchor: 'end',
            dx: -6,
            text: () => 'planned end',
            ...words,
          }),
        ]),
  ];
}

/** Never more ticks than buckets: the scale would put them between, under the same label. */
function timeTicks(series: readonly { at: Date }[], most: number): number | Date[] {
  const times = [...new Set(series.map(({ at }) => at.getTime()))];
  return times.length <= most ? times.map((time) => new Date(time)) : most;
}

/** With one bucket there is no time to draw: a bar a variant says more than a pile of dots. */
function drawBars({ series, colours, width, label }: Options): Element {
  const most = Math.max(1, ...series.map(({ units }) => units));
  return Plot.plot({
    width,
    height: exposureHeight(series),
    marginTop: 4,
    marginLeft: 4,
    marginRight: 12,
    marginBottom: 44,
    style,
    x: { domain: [0, most], label: null },
    y: { domain: series.map(({ variant }) => variant), axis: null, padding: 0.2 },
    marks: [
      Plot.gridX({ ticks: 4, stroke: 'var(--grid)', strokeOpacity: 1 }),
      Plot.axisX({
        ...axis,
        ticks: 4,
        tickFormat: (value: number) => count(value),
        label,
        labelAnchor: 'center',
        labelOffset: 40,
      }),
      Plot.barX(series, {
        x: 'units',
        y: 'variant',
        fill: ({ variant }: ExposurePoint) => colours.get(variant),
        rx: 3,
        insetTop: 18,
        insetBottom: 2,
      }),
      Plot.text(series, {
        x: 0,
        y: 'variant',
        frameAnchor: 'left',
        textAnchor: 'start',
        dy: -9,
        fill: 'var(--ink)',
        text: ({ variant, units }: ExposurePoint) => `${variant}: ${count(units)}`,
      }),
    ],
  });
}
