import { useDeferredValue, useMemo } from 'react';
import { count, plain, THIN } from '../format.ts';
import {
  type InterleavingName,
  impressionsForWins,
  interleavingFields,
  readInterleaving,
  sensitivityOf,
} from './interleaving-plan.ts';
import { NumberText } from './number-text.tsx';
import result from './plan-result.module.css';
import styles from './planner-form.module.css';

type Props = { form: URLSearchParams; change: (changes: Record<string, string>) => void };

const numeric = new Set<InterleavingName>(['shown', 'click', 'other', 'stop', 'wins', 'ties', 'ipower']);

/** Interleaving shows both rankings in one list: how many impressions until the better one is seen? */
export function InterleavingPlanner({ form, change }: Props) {
  const texts = useDeferredValue(useMemo(() => readInterleaving(form), [form]));
  const sensitivity = useMemo(() => sensitivityOf(texts), [texts]);
  const wins = useMemo(() => impressionsForWins(texts), [texts]);
  const now = readInterleaving(form);
  const problems = { ...sensitivity.problems, ...wins.problems };
  const field = (name: InterleavingName) => (
    <NumberText
      label={interleavingFields[name].label}
      help={interleavingFields[name].help}
      value={now[name]}
      problem={problems[name]}
      numeric={numeric.has(name)}
      onText={(text) => change({ [name]: text })}
    />
  );
  return (
    <div className={styles.columns}>
      <form className={`${styles.form} card`} aria-label="Plan" onSubmit={(event) => event.preventDefault()}>
        <fieldset className={styles.group}>
          <legend>Two rankings and a reader</legend>
          {field('old')}
          {field('new')}
          {field('good')}
          <div className={styles.pair}>
            {field('click')}
            {field('other')}
          </div>
          <div className={styles.pair}>
            {field('stop')}
            {field('shown')}
          </div>
        </fieldset>
        <fieldset className={styles.group}>
          <legend>Or a known preference</legend>
          <div className={styles.pair}>
            {field('wins')}
            {field('ties')}
          </div>
        </fieldset>
        {field('ipower')}
      </form>
      <div className={styles.results}>
        <Sensitivity value={sensitivity.value} />
        <Wins value={wins.value} />
      </div>
    </div>
  );
}

function Sensitivity({ value }: { value: ReturnType<typeof sensitivityOf>['value'] }) {
  if (!value) return <NoAnswer title="Interleaving against A/B" />;
  const metrics = [
    ['any click', value.clickThrough],
    ['number of clicks', value.clicks],
    ['position of the first click', value.reciprocalRank],
  ] as const;
  const better = value.meanCredit > 0 ? 'the new model' : 'the control';
  return (
    <section className="card" aria-labelledby="sensitivity">
      <h2 id="sensitivity" className={result.answer}>
        {value.impressions === null
          ? 'Interleaving sees no difference'
          : `${count(Math.ceil(value.impressions))} impressions by interleaving`}
      </h2>
      <p>
        {value.impressions === null
          ? 'With these habits both rankings win equally often.'
          : `So many it takes to see that ${better} is preferred, by team draft at a level of 95\u202f%.`}
      </p>
      <dl className={`${result.facts} numbers`}>
        {metrics.map(([name, { impressions, timesTeamDraft }]) => (
          <div key={name}>
            <dt>A/B test on {name}</dt>
            <dd>
              {impressions === null
                ? 'sees no difference'
                : `${count(Math.ceil(impressions))} impressions${timesTeamDraft === null ? '' : `, ${plain(timesTeamDraft, timesTeamDraft < 10 ? 1 : 0)} times as many`}`}
            </dd>
          </div>
        ))}
        <div>
          <dt>Impressions won by the new model, by the control, by none</dt>
          <dd>
            {[value.treatmentWins, value.controlWins, value.ties].map((share) => plain(share * 100, 1)).join(', ')}
            {THIN}%
          </dd>
        </div>
      </dl>
      <p className={`${result.note} muted small`}>
        All readers are taken as alike. Between real users an A/B metric varies more, and interleaving gains more.
      </p>
    </section>
  );
}

function Wins({ value }: { value: ReturnType<typeof impressionsForWins>['value'] }) {
  if (!value) return <NoAnswer title="By the share of wins" />;
  return (
    <section className="card" aria-labelledby="wins">
      <h2 id="wins">By the share of wins: {count(value.impressions)} impressions</h2>
      <p className="muted">
        {count(value.decided)} of them decide; ties tell nothing. Impressions of one user are taken as independent:
        where users come often, plan for more.
      </p>
    </section>
  );
}

function NoAnswer({ title }: { title: string }) {
  return (
    <section className="card">
      <h2>{title}</h2>
      <p className="muted">A field has something that cannot be used; it says what can.</p>
    </section>
  );
}
