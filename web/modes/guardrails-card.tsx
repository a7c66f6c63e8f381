import { lazy, useMemo } from 'react';
import type { CanaryReport } from '../../server/contract/canary-contract.ts';
import { type StepPicture, stepPicture } from '../charts/step-rows.ts';
import { plain } from '../format.ts';
import { differenceUnit } from '../metric-numbers.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { Badge } from '../parts/state-badge.tsx';
import { gateLooks } from '../parts/tones.ts';
import styles from './canary-part.module.css';
import { evidenceWords, guardrailNumbers, harmWords, limitWords, safetyWords } from './canary-words.ts';
import { useMetricKinds } from './use-metric-kinds.ts';

const StepsPlot = lazy(() => import('../charts/steps-plot.tsx'));

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
  const { name, state, sentence, rate } = guardrail;
  const kind = useMetricKinds()(guardrail.metric);
  const picture = useMemo(() => stepPicture(guardrail, kind), [guardrail, kind]);
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
      {picture && (
        <ChartPlace height={160}>
          <StepsPlot
            picture={picture}
            title={pictureTitle(guardrail, picture)}
            fileName={`guardrail-${name}`}
            label={
              rate
                ? `Rate of failing units, ${canary.candidate} over ${canary.control}`
                : `${canary.candidate} minus ${canary.control}, ${differenceUnit(kind)}`
            }
            worse={(picture.pass ?? picture.fail ?? 1) >= picture.even ? 'more' : 'less'}
            colour={colour}
          />
        </ChartPlace>
      )}
      <p className="muted small">{limitWords(guardrail, kind)}</p>
    </li>
  );
}

/** What all steps say together. */
function pictureTitle({ name, rate, evidence }: Guardrail, { rows }: StepPicture): string {
  const whole = rows.find((row) => row.whole) ?? (rows.length === 1 ? rows[0] : undefined);
  if (evidence) return `${name}: ${whole?.text ?? 'too few units'} over all steps`;
  if (rate?.rateRatio === null || rate?.rateRatio === undefined)
    return `${name}: only units of the candidate have failed so far`;
  return `${name}: about ${plain(rate.rateRatio, 2)} times the control’s rate over the ramp`;
}
