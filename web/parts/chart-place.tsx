import { Skeleton } from '@mantine/core';
import { type ReactNode, Suspense } from 'react';
import { FailureBoundary } from './failure-boundary.tsx';

/** Room for a chart while its code loads; a chart that fails leaves the rest of the page standing. */
export function ChartPlace({ height, children }: { height: number; children: ReactNode }) {
  return (
    <FailureBoundary>
      <Suspense fallback={<Skeleton height={height} radius={8} />}>{children}</Suspense>
    </FailureBoundary>
  );
}
