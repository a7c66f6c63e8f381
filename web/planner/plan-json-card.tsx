import { Button } from '@mantine/core';
import { useState } from 'react';
import type { PlanInput } from './plan-fields.ts';
import { marginJson, planJson } from './plan-json.ts';
import styles from './plan-result.module.css';
import type { UnitPlan } from './plan-units.ts';

/** What to paste into the request that creates the experiment. */
export function PlanJsonCard({ input, plan }: { input: PlanInput; plan: UnitPlan }) {
  const json = JSON.stringify({ plan: planJson(input, plan.total) }, null, 2);
  const [copied, setCopied] = useState<string | null>(null);
  // Browsers offer the clipboard to secure pages only.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  return (
    <section className="card" aria-labelledby="plan-json">
      <h2 id="plan-json">Plan as JSON</h2>
      <p className="muted small">
        The plan of a phase for <a href="/docs">POST /api/experiments</a>.
      </p>
      <pre className={styles.code}>
        <code>{json}</code>
      </pre>
      {input.question === 'not_worse' && (
        <>
          <p className="muted small">And in the list of metrics, beside the key of this one:</p>
          <pre className={styles.code}>
            <code>{JSON.stringify(marginJson(input), null, 2)}</code>
          </pre>
        </>
      )}
      {clipboard && (
        <Button size="xs" variant="default" onClick={() => clipboard.writeText(json).then(() => setCopied(json))}>
          {copied === json ? 'Copied' : 'Copy'}
        </Button>
      )}
    </section>
  );
}
