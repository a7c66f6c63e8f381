import { useMemo } from 'react';
import type { MetricReport } from '../../server/contract/report-contract.ts';
import type { IntervalView } from '../charts/interval-rows.ts';
import { useAddressValue } from './address-value.ts';
import { isAdjusted, withoutCovariates } from './without-covariates.ts';

export type LiftView = IntervalView & {
  /** As shown: adjusted for covariates, or plain. */
  metrics: MetricReport[];
  adjustable: boolean;
  setScale: (scale: string) => void;
  setCuped: (cuped: string) => void;
};

/** Relative or absolute, adjusted or plain: kept in the address, for the picture and the table alike. */
export function useLiftView(metrics: MetricReport[]): LiftView {
  const [scale, setScale] = useAddressValue('scale', 'relative');
  const [cuped, setCuped] = useAddressValue('cuped', 'adjusted');
  const adjustable = useMemo(() => metrics.some(isAdjusted), [metrics]);
  const plain = adjustable && cuped === 'plain';
  const shown = useMemo(() => (plain ? metrics.map(withoutCovariates) : metrics), [metrics, plain]);
  return {
    scale: scale === 'absolute' ? 'absolute' : 'relative',
    plain,
    metrics: shown,
    adjustable,
    setScale,
    setCuped,
  };
}
