import type { InterleaveReport } from '../../server/contract/interleave-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { count, percentOf, plain } from '../format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { VariantName } from '../parts/variant-name.tsx';
import { ExampleLists } from './example-lists.tsx';
import { FactList } from './fact-list.tsx';
import { causeText, draftFacts } from './interleave-words.ts';
import { ModeCard } from './mode-card.tsx';
import { PreferenceCard } from './preference-card.tsx';

type Props = { interleave: InterleaveReport; colours: Map<string, string> };
type PartProps = Props & { report: Report };

/** Which ranking people prefer, and whether the drafts were fair. */
export default function InterleavePart({ interleave, report, colours }: PartProps) {
  return (
    <>
      {interleave.metrics.map((metric) => (
        <PreferenceCard
          key={metric.key}
          metric={metric}
          interleave={interleave}
          verdict={report.verdict.sentence}
          colours={colours}
        />
      ))}
      <ExampleLists interleave={interleave} colours={colours} />
      <DraftsCard interleave={interleave} colours={colours} />
    </>
  );
}

function DraftsCard({ interleave, colours }: Props) {
  const { teams, degraded, notCompared, impressions } = interleave;
  return (
    <ModeCard
      id="drafts"
      title="Mixed lists"
      sentence={
        impressions.total === 0
          ? 'No impression has come yet: rank() sends one for each list that is shown.'
          : 'Team draft gives every variant equal parts: first picks and items a list should be alike.'
      }
    >
      <FactList facts={draftFacts(interleave)} />
      {teams.length > 0 && (
        <DataTable
          label="Teams"
          head="Variant"
          columns={[{ name: 'First picks' }, { name: 'Items a list' }]}
          rows={teams.map(({ variant, firstPicks, itemsPerImpression }) => ({
            id: variant,
            head: <VariantName name={variant} colour={colours.get(variant)} />,
            cells: [count(firstPicks), itemsPerImpression === null ? 'none' : plain(itemsPerImpression, 2)],
          }))}
        />
      )}
      {degraded.length > 0 && (
        <>
          <h3>Lists that lacked a variant</h3>
          <DataTable
            label="Degraded impressions"
            head="Variant and cause"
            columns={[{ name: 'Impressions' }, { name: 'Share of all' }]}
            rows={degraded.map(({ variant, cause, impressions: lost, share }) => ({
              id: `${variant} ${cause}`,
              head: `${variant}: ${causeText(cause)}`,
              cells: [count(lost), percentOf(share)],
            }))}
          />
        </>
      )}
      {notCompared.length > 0 && (
        <>
          <h3>Not compared here</h3>
          <ul>
            {notCompared.map(({ key, reason }) => (
              <li key={key}>
                <code>{key}</code>: {reason}
              </li>
            ))}
          </ul>
        </>
      )}
    </ModeCard>
  );
}
