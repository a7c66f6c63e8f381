import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import styles from './code-card.module.css';

type Props = { id: string; title: string; code: string; children: ReactNode };

/** Text to copy, with what it is for. */
export function CodeCard({ id, title, code, children }: Props) {
  const [copied, setCopied] = useState<string | null>(null);
  // Browsers offer the clipboard to secure pages only.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  return (
    <section className="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p className="muted small">{children}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled must be reached by the keyboard */}
      <pre className={styles.code} tabIndex={0}>
        <code>{code}</code>
      </pre>
      {clipboard && (
        <Button size="xs" variant="default" onClick={() => clipboard.writeText(code).then(() => setCopied(code))}>
          {copied === code ? 'Copied' : 'Copy'}
        </Button>
      )}
    </section>
  );
}
