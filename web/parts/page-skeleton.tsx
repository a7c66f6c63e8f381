import { Skeleton, VisuallyHidden } from '@mantine/core';

/** Stands where the page will be, at about its height, so that nothing jumps. */
export function PageSkeleton() {
  return (
    <div className="stack" role="status">
      <VisuallyHidden component="h1" data-loading>
        Loading
      </VisuallyHidden>
      <Skeleton height={14} width={120} />
      <Skeleton height={32} width="min(420px, 80%)" />
      <Skeleton height={112} radius={10} />
      <Skeleton height={320} radius={10} />
    </div>
  );
}
