import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { Link } from 'react-router';
import type { Slot } from '../../server/contract/catalog.ts';
import type { ExplanationAnswer } from '../../server/contract/explain-contract.ts';
import { experimentsQuery } from '../api/queries.ts';
import { counted, weightPercent } from '../format.ts';
import { variantColours } from '../parts/variant-colours.ts';
import { VariantName } from '../parts/variant-name.tsx';
import { reasonText } from './explain-words.ts';
import { ExplainedExperimentCard } from './explained-experiment.tsx';
import styles from './explanation.module.css';

type Props = { answer: ExplanationAnswer; slot: Slot };

/** The decision, then every experiment that was asked on the way to it; the others folded. */
export function ExplanationView({ answer, slot }: Props) {
  const { data: summaries } = useQuery(experimentsQuery);
  const colours = useMemo(() => coloursOf(answer, slot), [answer, slot]);
  const card = (experiment: ExplanationAnswer['experiments'][number]) => (
    <ExplainedExperimentCard
      key={experiment.key}
      experiment={experiment}
      name={summaries?.find(({ key }) => key === experiment.key)?.name ?? experiment.key}
      unit={answer.unit}
      colours={colours}
    />
  );
  const others = answer.experiments.filter(({ asked }) => !asked);
  return (
    <div className="stack">
      <DecisionCard answer={answer} slot={slot} colours={colours} />
      {answer.experiments.filter(({ asked }) => asked).map(card)}
      {others.length > 0 && <Folded count={others.length}>{others.map(card)}</Folded>}
    </div>
  );
}

/** Unfolded, the cards load their charts. */
function Folded({ count, children }: { count: number; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <details className={styles.folded} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {counted(count, 'more experiment')} {count === 1 ? 'was' : 'were'} not asked: one before took the unit
      </summary>
      {open && <div className="stack">{children}</div>}
    </details>
  );
}

function DecisionCard({ answer, slot, colours }: Props & { colours: Map<string, string> }) {
  const { decision, sentence } = answer;
  return (
    <section className="card stack" aria-labelledby="decision" aria-live="polite">
      <h2 id="decision" className={styles.sentence}>
        {sentence}
      </h2>
      <dl className={styles.facts}>
        <Fact name="Variant">
          <VariantName name={decision.variant} colour={colours.get(decision.variant)} />
          {decision.variant === slot.champion && <span className="muted small"> champion</span>}
        </Fact>
        <Fact name="Reason">
          <span title={`Told to the service as “${decision.reason}”`}>{reasonText(decision.reason)}</span>
        </Fact>
        <Fact name="Propensity">{weightPercent(decision.propensity)}</Fact>
        <Fact name="Experiment">
          {decision.experiment === null ? (
            'none'
          ) : (
            <Link to={`/experiments/${encodeURIComponent(decision.experiment)}`}>{decision.experiment}</Link>
          )}
        </Fact>
        <Fact name="Ruleset">version {decision.ruleset}</Fact>
      </dl>
      <details className="small">
        <summary>Payload that the service gets</summary>
        <pre className={`${styles.json} mono`}>{JSON.stringify(decision.payload, null, 2)}</pre>
      </details>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="muted small">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** As on the page of the experiment: challengers in the order of the split, the champion grey. */
function coloursOf({ experiments }: ExplanationAnswer, { champion, variants }: Slot): Map<string, string> {
  const inSplits = experiments.flatMap(({ split }) => split.entries.map(({ variant }) => variant));
  const names = new Set([...inSplits, ...variants.map(({ key }) => key)]);
  return variantColours([...names].map((variant) => ({ variant, control: variant === champion })));
}
