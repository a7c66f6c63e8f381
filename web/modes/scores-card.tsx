import { lazy, useMemo } from 'react';
import type { ShadowReport } from '../../server/contract/shadow-contract.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { FactList } from './fact-list.tsx';
import styles from './mode-card.module.css';
import { ModeCard } from './mode-card.tsx';
import { modelColours, scoreFacts } from './shadow-words.ts';

const ScoresPlot = lazy(() => import('../charts/scores-plot.tsx'));
const PairsPlot = lazy(() => import('../charts/pairs-plot.tsx'));
const DifferencesPlot = lazy(() => import('../charts/differences-plot.tsx'));

type Props = { scores: NonNullable<ShadowReport['scores']> };

/** What both models score: the same decisions beside each other, their differences, and both distributions. */
export function ScoresCard({ scores }: Props) {
  const { histogram, sample, differences, limits } = scores;
  const colours = useMemo(() => new Map(Object.entries(modelColours)), []);
  return (
    <ModeCard id="scores" title="Scores" sentence={scores.sentence}>
      {sample.length > 0 && differences && (
        <div className={styles.beside}>
          <ChartPlace height={380}>
            <PairsPlot pairs={sample} decisions={scores.difference.decisions} colour={modelColours.candidate} />
          </ChartPlace>
          <ChartPlace height={380}>
            <DifferencesPlot differences={differences} limits={limits} colour={modelColours.candidate} />
          </ChartPlace>
        </div>
      )}
      {histogram && (
        <ChartPlace height={230}>
          <ScoresPlot histogram={histogram} colours={colours} />
        </ChartPlace>
      )}
      <FactList facts={scoreFacts(scores)} />
    </ModeCard>
  );
}
