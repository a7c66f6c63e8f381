/** What the search for a limit of an interval by inversion of a test needs. */
export interface LimitSearch {
  /** Whether the test keeps a value. */
  readonly keeps: (value: number) => boolean;
  /** 1 for the upper limit, -1 for the lower. */
  readonly sign: 1 | -1;
  /** Kept always; may be infinite. */
  readonly estimate: number;
  /** An approximate limit. */
  readonly near: number;
  /** The end of the possible values. */
  readonly far: number;
  /** The value of the null hypothesis and whether the test rejects it. */
  readonly nullValue: number;
  readonly rejects: boolean;
}

const PARTS = 16;
const HALVINGS = 30;

/**
 * The outermost value that a test keeps: steps from outside inwards, a sixteenth of the approximate half-width each,
 * then halving. A test whose p jumps may keep values beyond rejected ones: those from 1.5 half-widths on are seen if
 * their run is wider than a step. A rejected null bounds the search on its side, a kept one is inside.
 */
export function outerLimit(search: LimitSearch): number {
  const { keeps, sign, estimate, near, far, rejects } = search;
  const nullOutside = rejects && sign * (search.nullValue - estimate) > 0;
  const inner = rejects ? estimate : sign * Math.max(sign * estimate, sign * search.nullValue);
  const width = Number.isFinite(near - estimate) ? Math.abs(near - estimate) : Math.abs(near - search.nullValue);
  const step = Math.max(width, Number.MIN_VALUE) / PARTS;
  let outside = nullOutside ? search.nullValue : clip(sign, near + sign * 8 * step, far);
  if (!nullOutside) {
    for (let k = 1; outside !== far && keeps(outside); k++) outside = clip(sign, outside + sign * step * 2 ** k, far);
    if (outside === far && keeps(far)) return far;
  }
  let inside = outside;
  for (let k = 0; inside === outside || !keeps(inside); k++) {
    outside = inside;
    inside = outside - sign * step * 2 ** Math.max(0, k - 4 * PARTS);
    if (sign * (inside - inner) <= 0) {
      inside = inner;
      break;
    }
  }
  return halve(keeps, inside, outside);
}

function clip(sign: 1 | -1, value: number, far: number): number {
  return sign * Math.min(sign * value, sign * far);
}

/** The last kept value between one that is kept and one that is not. */
function halve(keeps: (value: number) => boolean, kept: number, rejected: number): number {
  let inside = kept;
  let outside = rejected;
  for (let k = 0; k < HALVINGS; k++) {
    const middle = inside + (outside - inside) / 2;
    if (middle === inside || middle === outside) break;
    if (keeps(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}
