/**
 * What the experiment is known to say: counts and rates as published (Gerber, Green and Larimer 2008), differences and
 * unpooled standard errors as recomputed from the file, each to its printed digits.
 */
export const PUBLISHED = {
  units: { control: 191_243, 'civic-duty': 38_218, hawthorne: 38_204, neighbors: 38_201 },
  ratePercent: { control: '29.66', 'civic-duty': '31.45', hawthorne: '32.24', neighbors: '37.79' },
  difference: { 'civic-duty': '0.01790', hawthorne: '0.02574', neighbors: '0.08131' },
  standardError: { 'civic-duty': '0.00259', hawthorne: '0.00261', neighbors: '0.00269' },
  z: { 'civic-duty': '6.90', hawthorne: '9.86', neighbors: '30.21' },
  sampleRatioChiSquare: '0.086',
} as const;

/** The parts of a report that are compared; the full shape is in the API document. */
export interface ComparedReport {
  health: { check: string; numbers: Record<string, unknown> }[];
  variants: { variant: string; units: number; mixedUnits: number }[];
  metrics: {
    key: string;
    variants: { variant: string; matureUnits: number; value: number | null }[];
    comparisons: {
      variant: string;
      status: string;
      difference: { estimate: number; standardError: number | null } | null;
    }[];
  }[];
}

/** Everything in which a report differs from what was published; empty when all digits agree. */
export function differencesFromPublished(report: ComparedReport): string[] {
  const wrong: string[] = [];
  const expect = (what: string, actual: unknown, expected: unknown) => {
    if (actual !== expected) wrong.push(`${what} is ${String(actual)}, published ${String(expected)}`);
  };
  const metric = report.metrics.find((each) => each.key === 'voted-2006');
  for (const [variant, units] of Object.entries(PUBLISHED.units)) {
    const counted = report.variants.find((each) => each.variant === variant);
    const measured = metric?.variants.find((each) => each.variant === variant);
    expect(`units of ${variant}`, counted?.units, units);
    expect(`mature units of ${variant}`, measured?.matureUnits, units);
    expect(`mixed units of ${variant}`, counted?.mixedUnits, 0);
    const rate = PUBLISHED.ratePercent[variant as keyof typeof PUBLISHED.ratePercent];
    expect(
      `rate of ${variant} in %`,
      ((measured?.value ?? Number.NaN) * 100).toFixed(rate.split('.')[1]?.length),
      rate,
    );
  }
  for (const variant of ['civic-duty', 'hawthorne', 'neighbors'] as const) {
    const row = metric?.comparisons.find((each) => each.variant === variant);
    const estimate = row?.difference?.estimate ?? Number.NaN;
    const error = row?.difference?.standardError ?? Number.NaN;
    expect(`status of ${variant}`, row?.status, 'final');
    expect(`difference of ${variant}`, estimate.toFixed(5), PUBLISHED.difference[variant]);
    expect(`standard error of ${variant}`, error.toFixed(5), PUBLISHED.standardError[variant]);
    expect(`z of ${variant}`, (estimate / error).toFixed(2), PUBLISHED.z[variant]);
  }
  const ratio = report.health.find((each) => each.check === 'sample_ratio')?.numbers.chiSquare;
  expect('sample-ratio chi-square', Number(ratio ?? Number.NaN).toFixed(3), PUBLISHED.sampleRatioChiSquare);
  return wrong;
}
