import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { Report } from '../../server/contract/report-contract.ts';
import { FailureBoundary } from './failure-boundary.tsx';

const ShadowPart = lazy(() => import('../modes/shadow-part.tsx'));
const CanaryPart = lazy(() => import('../modes/canary-part.tsx'));
const BanditPart = lazy(() => import('../modes/bandit-part.tsx'));
const InterleavePart = lazy(() => import('../modes/interleave-part.tsx'));

type Props = { report: Report; colours: Map<string, string> };

/** What only a phase of this mode has; its code is loaded when it is needed. */
export function ModePart(props: Props) {
  return (
    <FailureBoundary>
      <Suspense fallback={<Skeleton height={420} radius={10} />}>
        <Chosen {...props} />
      </Suspense>
    </FailureBoundary>
  );
}

function Chosen({ report, colours }: Props) {
  const { delivery } = report;
  switch (delivery?.mode) {
    case undefined:
      return null;
    case 'shadow':
      return <ShadowPart shadow={delivery} report={report} />;
    case 'canary':
      return <CanaryPart canary={delivery} report={report} colours={colours} />;
    case 'bandit':
      return <BanditPart bandit={delivery} report={report} colours={colours} />;
    case 'interleave':
      return <InterleavePart interleave={delivery} report={report} colours={colours} />;
  }
}
