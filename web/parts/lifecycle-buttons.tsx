import type { Report } from '../../server/contract/report-contract.ts';
import { lifecycleSteps } from './lifecycle.ts';
import { MoveButtons } from './move-buttons.tsx';

export function LifecycleButtons({ report }: { report: Report }) {
  return <MoveButtons report={report} steps={lifecycleSteps(report.experiment)} align="end" />;
}
