import type { Brief } from '../analysis/brief.ts';
import type { BriefReader } from '../analysis/brief-reader.ts';
import { reportedPhase } from '../analysis/report-reader.ts';
import { home, type RunningExperiment } from '../contract/home-contract.ts';
import { type ExperimentRow, listExperiments } from '../experiments/experiment-store.ts';
import { runningPhase } from '../experiments/phase-order.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { attention } from './attention.ts';
import { countCatalogue, readHappened, readPromoted } from './home-store.ts';

/** Of drafts and of what is decided: the rest is in the list of experiments. */
const SHORT = 5;

export function homeRoute({ db, now }: Pick<Services, 'db' | 'now'>, readBrief: BriefReader): Route {
  return route({
    method: 'get',
    path: '/api/home',
    tag: 'Home',
    summary: 'What needs a person now, then what runs, what is drafted and what was decided of late.',
    auth: 'admin',
    answer: home,
    async handle({ principal: { environmentId } }) {
      const rows = await listExperiments(db, environmentId);
      const open = rows.filter(({ state }) => state === 'running' || state === 'paused');
      const drafts = rows.filter(({ state }) => state === 'draft');
      const concluded = rows
        .filter(({ state }) => state === 'concluded')
        .sort((a, b) => (b.concludedAt?.getTime() ?? 0) - (a.concludedAt?.getTime() ?? 0));
      const decided = concluded.slice(0, SHORT);
      const briefs = await Promise.all(open.map(async (row) => ({ row, brief: await readBrief(row) })));
      const happened = await readHappened(db, environmentId, open);
      const promoted = await readPromoted(db, environmentId, decided);
      const at = now();
      const facts = briefs.map((each) => ({ ...each, happened: happened.get(each.row.key) ?? [] }));
      return {
        computedAt: at.toISOString(),
        attention: attention(facts, at),
        running: briefs.filter(({ row }) => runningPhase(row)).map(({ row, brief }) => runningOf(row, brief)),
        drafts: drafts.slice(0, SHORT).map(({ createdAt, ...row }) => ({
          ...named(row),
          createdAt: createdAt.toISOString(),
        })),
        decided: decided.map((row) => ({
          ...named(row),
          concludedAt: (row.concludedAt ?? row.createdAt).toISOString(),
          promoted: promoted.get(row.key) ?? null,
          verdict: reportedPhase(row)?.verdict?.verdict ?? null,
        })),
        counts: {
          ...(await countCatalogue(db, environmentId)),
          drafts: drafts.length,
          running: open.length,
          concluded: concluded.length,
        },
      };
    },
  });
}

const named = ({ key, name, slotKey }: Pick<ExperimentRow, 'key' | 'name' | 'slotKey'>) => ({
  key,
  name,
  slot: slotKey,
});

function runningOf(row: ExperimentRow, { units, verdict, progress, sparkline }: Brief): RunningExperiment {
  const phase = reportedPhase(row);
  return {
    ...named(row),
    state: row.state,
    mode: phase?.mode ?? null,
    phase: phase ? { position: phase.position, of: row.phases.length } : null,
    startedAt: row.startedAt?.toISOString() ?? null,
    units,
    verdict,
    progress,
    sparkline,
  };
}
