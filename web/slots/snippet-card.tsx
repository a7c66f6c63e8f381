import { Tabs } from '@mantine/core';
import { useRef } from 'react';
import type { Slot } from '../../server/contract/catalog.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import styles from './snippet-card.module.css';
import { type Snippet, snippets } from './snippets.ts';

type Props = { slot: Pick<Slot, 'key' | 'output'>; outcome: string };

/** What to paste into a service, in three ways. */
export function SnippetCard({ slot, outcome }: Props) {
  const all = snippets(slot, window.location.origin, outcome);
  return (
    <section className="card" aria-labelledby="snippet">
      <h2 id="snippet">In your service</h2>
      <p className="muted">
        The lines name only the slot, so they stay as they are while experiments come and go. <code>ASSAY_KEY</code> is
        an SDK key of this environment.
      </p>
      <Tabs defaultValue={all[0]?.id ?? null} mt="xs" keepMounted={false}>
        <Tabs.List aria-label="Ways to call the slot">
          {all.map(({ id, name }) => (
            <Tabs.Tab key={id} value={id}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {all.map((snippet) => (
          <Tabs.Panel key={snippet.id} value={snippet.id}>
            <SnippetText snippet={snippet} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </section>
  );
}

function SnippetText({ snippet: { name, code, note } }: { snippet: Snippet }) {
  const text = useRef<HTMLPreElement>(null);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways is reached by the keyboard */}
      <section className={styles.frame} tabIndex={0} aria-label={`${name} code`}>
        <pre ref={text} className={`${styles.code} mono`}>
          {code}
        </pre>
      </section>
      <div className={styles.end}>
        <p className="muted small">{note}</p>
        <div className={styles.copy}>
          <CopyButton from={text} what={`the lines for ${name}`} />
        </div>
      </div>
    </>
  );
}
