import type { MetricReport } from '../contract/report-contract.ts';
import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import type { ReportMetric } from './arms.ts';
import { percent } from './phrases.ts';

/** How the p-values of a metric are corrected for the others of its family; null: not at all. */
export function familySentence(
  row: ExperimentRow,
  metric: Pick<ReportMetric, 'role'>,
  current: PhaseRow,
): MetricReport['family'] {
  const { design, correction, level } = current.plan;
  const tests = row.metrics.filter((each) => each.role === metric.role).length * (current.split.length - 1);
  if (metric.role === 'guardrail' || tests < 2) return null;
  const risk = percent(1 - level);
  if (metric.role === 'primary') {
    return correction === 'dunnett'
      ? `Dunnett over the ${tests} variants: the chance of any false conclusion among them is ${risk}.`
      : `Holm over the ${tests} primary comparisons of a look: the chance of any false conclusion among them is ${risk}.`;
  }
  return design === 'always_valid'
    ? `e-values by e-BH over the ${tests} secondary comparisons: of what is found, ${risk} is false on average.`
    : `Benjamini–Hochberg over the ${tests} secondary comparisons, at the last planned look only: of what is found, ${risk} is false on average.`;
}
