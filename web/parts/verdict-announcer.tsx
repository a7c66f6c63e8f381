import { VisuallyHidden } from '@mantine/core';
import { useRef } from 'react';

/** Tells those who listen that the verdict is another one than when they came; numbers that move are never announced. */
export function VerdictAnnouncer({ sentence }: { sentence: string }) {
  const first = useRef(sentence);
  return <VisuallyHidden role="status">{sentence === first.current ? '' : `New verdict: ${sentence}`}</VisuallyHidden>;
}
