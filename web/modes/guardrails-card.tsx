import { lazy } from 'react';
import type { CanaryReport } from '../../server/contract/canary-contract.ts';
import type { EstimateRow } from '../charts/estimate-rows.ts';
import { differenceScale, differenceUnit, type MetricKind } from '../metric-numbers.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { Badge } from '../parts/state-badge.tsx';
import { gateLooks } from '../parts/tones.ts';
import styles from './canary-part.module.css';
import { evidenceWords, guardrailNumbers, harmWords, limitWords, safetyWords } from './canary-words.ts';
import { intervalWords } from './estimate-words.ts';
import { useMetricKinds } from './use-metric-kinds.ts';

const EstimatePlot = lazy(() => import('../charts/estimate-plot.tsx'));

type Guardrail = CanaryReport['guardrails'][number];
type Props = { canary: CanaryReport; colours: Map<string, string> };

/** What would roll the ramp back, and what each says so far; failures first. */
export function GuardrailsCard({ canary, colours }: Props) {
  const { guardrails } = canary;
  const rank = (one: Guardrail) => (one.state === 'fail' ? 0 : 1);
  return (
    <section className="card" aria-labelledby="guardrails">
      <h2 id="guardrails">Guardrails</h2>
      <p className="muted small">
        They are judged at every request, over the whole ramp. A unit counts once, at its first failing call.
      </p>
      <ul className={styles.guardrails}>
        {guardrails
          .toSorted((a, b) => rank(a) - rank(b))
          .map((guardrail) => (
            <GuardrailItem
              key={guardrail.name}
              guardrail={guardrail}
              canary={canary}
              colour={colours.get(canary.candidate) ?? 'var(--live)'}
            />
          ))}
      </ul>
    </section>
  );
}

function GuardrailItem({ guardrail, canary, colour }: { guardrail: Guardrail; canary: CanaryReport; colour: string }) {
  const { name, state, sentence, rate, evidence } = guardrail;
  const kind = useMetricKinds()(guardrail.metric);
  const row = evidence && differenceRow(guardrail, kind, colour);
  return (
    <li className={styles.guardrail}>
      <div className={styles.name}>
        <h3>{name}</h3>
        <Badge look={gateLooks[state]} />
      </div>
      <p>{sentence}</p>
      <p className="small numbers">{guardrailNumbers(guardrail, canary)}</p>
      {rate && (
        <p className="small numbers">
          Harm: {harmWords(rate.failLogE, rate.neededLogE)} ({evidenceWords(rate.failLogE, rate.neededLogE)}). Safety:{' '}
          {safetyWords(rate.passLogE, rate.neededLogE)} ({evidenceWords(rate.passLogE, rate.neededLogE)}).
        </p>
      )}
      {row && (
        <ChartPlace height={82}>
          <EstimatePlot
            rows={[row]}
            reference={0}
            label={`${canary.candidate} minus ${canary.control}, ${differenceUnit(kind)}`}
            caption="Compared within steps, never pooled. Each end of the bar holds at all times."
          />
        </ChartPlace>
      )}
      <p className="muted small">{limitWords(guardrail, kind)}</p>
    </li>
  );
}

function differenceRow({ name, evidence }: Guardrail, kind: MetricKind, colour: string): EstimateRow | null {
  if (!evidence || evidence.difference === null) return null;
  const { factor, unit } = differenceScale(kind);
  const { difference, lower, upper } = evidence;
  const interval = lower === null || upper === null ? null : { lower, upper };
  return {
    id: name,
    name,
    estimate: difference * factor,
    interval: interval && { lower: interval.lower * factor, upper: interval.upper * factor },
    colour,
    text: intervalWords(difference, interval, { factor, unit, signed: true }),
  };
}
