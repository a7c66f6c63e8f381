import { lazy } from 'react';
import { Link } from 'react-router';
import { ChartPlace } from '../parts/chart-place.tsx';
import { modeNames } from '../parts/mode-names.ts';
import { Badge } from '../parts/state-badge.tsx';
import { contextText, type ExplainedExperiment, outcomeLooks, rulesSentence } from './explain-words.ts';
import styles from './explanation.module.css';
import { RuleList } from './rule-list.tsx';

const DrawsFigure = lazy(() => import('../charts/draws-figure.tsx'));

type Props = { experiment: ExplainedExperiment; name: string; unit: string; colours: Map<string, string> };

/** One experiment of the slot: its rules, its draws, and what came of them. */
export function ExplainedExperimentCard({ experiment, name, unit, colours }: Props) {
  const { key, mode, step, outcome, sentence, rules } = experiment;
  const context = contextText(experiment);
  return (
    <section className="card stack" aria-labelledby={`explained-${key}`}>
      <div>
        <div className={styles.head}>
          <h2 id={`explained-${key}`}>
            <Link to={`/experiments/${encodeURIComponent(key)}`}>{name}</Link>
          </h2>
          <Badge look={outcomeLooks[outcome]} />
        </div>
        <p>{sentence}</p>
        <p className="muted small">
          {isMode(mode) ? modeNames[mode] : mode}
          {(mode === 'canary' || mode === 'bandit') && `, ${mode === 'canary' ? 'step' : 'epoch'} ${step}`}
        </p>
      </div>
      <div>
        <h3>{rulesSentence(rules)}</h3>
        {rules.length > 0 && <RuleList rules={rules} />}
      </div>
      {context && <p>{context}</p>}
      <ChartPlace height={240}>
        <DrawsFigure experiment={experiment} unit={unit} colours={colours} />
      </ChartPlace>
    </section>
  );
}

const isMode = (mode: string): mode is keyof typeof modeNames => mode in modeNames;
