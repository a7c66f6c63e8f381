import { lazy } from 'react';
import type { ShadowReport } from '../../server/contract/shadow-contract.ts';
import { counted, plain } from '../format.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { DataTable } from '../parts/data-table.tsx';
import {
  differences,
  drawn,
  estimateRow,
  estimateWords,
  plainly,
  points,
  type Scale,
  shares,
} from './estimate-words.ts';
import { FactList } from './fact-list.tsx';
import { ModeCard } from './mode-card.tsx';
import { labelTitles, lossNames, modelColours } from './shadow-words.ts';

const EstimatePlot = lazy(() => import('../charts/estimate-plot.tsx'));

type Labels = ShadowReport['labels'];
type Loss = Labels['losses'][number];

/** Both models scored on the same labels; the first loss decides. */
export function ShadowLabels({ labels }: { labels: Labels }) {
  const { status, sentence, losses, auc, open, labelled, unlabelled, scored } = labels;
  const [first] = losses;
  const rows = first
    ? drawn([estimateRow(lossNames[first.name], first.difference, scaleOf(first).difference, modelColours.candidate)])
    : [];
  return (
    <ModeCard id="labels" title={labelTitles[status]} sentence={sentence}>
      {rows.length > 0 && first && (
        <ChartPlace height={82}>
          <EstimatePlot
            rows={rows}
            reference={0}
            title={
              labels.better
                ? `The ${labels.better} loses less, by ${lossNames[first.name].toLowerCase()}`
                : `Neither model is shown to lose less, by ${lossNames[first.name].toLowerCase()}`
            }
            fileName="paired-quality"
            label={`Candidate minus champion, ${lossNames[first.name].toLowerCase()}${first.name === 'wrong' ? ', percentage points' : ''}`}
            caption="Left of the line the candidate is better: it loses less on the same decisions."
          />
        </ChartPlace>
      )}
      {losses.length > 0 && (
        <DataTable
          label="Losses on labels"
          head="Loss (less is better)"
          columns={[{ name: 'Champion' }, { name: 'Candidate' }, { name: 'Candidate minus champion' }]}
          rows={losses.map((loss) => ({
            id: loss.name,
            head: lossNames[loss.name],
            cells: [
              estimateWords(loss.champion, scaleOf(loss).value),
              estimateWords(loss.candidate, scaleOf(loss).value),
              estimateWords(loss.difference, scaleOf(loss).difference),
            ],
          }))}
        />
      )}
      {auc && (
        <p className="small">
          AUC, the chance that a decision labelled 1 scores above one labelled 0: {plain(auc.champion, 3)} of the
          champion, {plain(auc.candidate, 3)} of the candidate, difference {estimateWords(auc.difference, points)}.
        </p>
      )}
      {status !== 'refused' && (
        <FactList
          facts={[
            ['Scored', counted(scored, 'decision')],
            ['With a label', counted(labelled, 'decision')],
            ['Without one', counted(unlabelled, 'decision')],
            ['Label may still come', counted(open, 'decision')],
          ]}
        />
      )}
    </ModeCard>
  );
}

const scaleOf = ({ name }: Loss): { value: Scale; difference: Scale } =>
  name === 'wrong' ? { value: shares, difference: points } : { value: plainly, difference: differences };
