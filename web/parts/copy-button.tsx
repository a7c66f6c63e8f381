import { Button } from '@mantine/core';
import { type RefObject, useState } from 'react';

/** Copies the text of an element; without the browser's leave it selects it, for Ctrl C. */
export function CopyButton({ from, what }: { from: RefObject<HTMLElement | null>; what: string }) {
  const [said, say] = useState<string | null>(null);
  const copy = async () => {
    const text = from.current?.textContent ?? '';
    try {
      await navigator.clipboard.writeText(text);
      say('Copied');
    } catch {
      if (from.current) window.getSelection()?.selectAllChildren(from.current);
      say('Selected: press Ctrl C');
    }
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={copy} aria-label={`Copy ${what}`}>
        {said ? 'Copy again' : 'Copy'}
      </Button>
      <span role="status" className="small">
        {said}
      </span>
    </>
  );
}
