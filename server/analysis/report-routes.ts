import { z } from 'zod';
import * as contract from '../contract/report-contract.ts';
import { type ExperimentRow, listExperiments } from '../experiments/experiment-store.ts';
import { needExperiment } from '../experiments/need-experiment.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import type { BriefReader } from './brief-reader.ts';
import { startedPhase } from './named-subject.ts';
import { readReport, reportedPhase } from './report-reader.ts';

type Reading = Pick<Services, 'pool' | 'db' | 'now'>;

export function reportRoutes(services: Reading, readBrief: BriefReader): Route[] {
  const { db } = services;
  return [
    route({
      method: 'get',
      path: '/api/experiments',
      tag: 'Experiments',
      summary: 'All experiments, newest first, each with a verdict in one line.',
      auth: 'admin',
      answer: z.object({ experiments: z.array(contract.experimentSummary) }),
      async handle({ principal }) {
        const rows = await listExperiments(db, principal.environmentId);
        return { experiments: await Promise.all(rows.map((row) => summarise(row, readBrief))) };
      },
    }),
    route({
      method: 'get',
      path: '/api/experiments/:experiment/report',
      tag: 'Reports',
      summary:
        'The report of a phase, by default the current or last one: verdict, health, metrics, what its mode adds.',
      auth: 'admin',
      query: { phase: 'Position of the phase, from 0; the current or last one when absent' },
      answer: contract.report,
      async handle({ principal, params, request }) {
        const row = await needExperiment(db, principal.environmentId, params.experiment ?? '');
        const asked = request.query.phase;
        return readReport(services, row, asked === undefined ? reportedPhase(row) : startedPhase(row, asked));
      },
    }),
  ];
}

/** A concluded experiment tells what was kept of its last phase; others have theirs computed. */
async function summarise(row: ExperimentRow, readBrief: BriefReader): Promise<contract.ExperimentSummary> {
  const phase = reportedPhase(row);
  const kept = row.state === 'concluded' ? phase?.verdict : null;
  const { units, verdict } = kept ?? (await readBrief(row));
  return {
    key: row.key,
    name: row.name,
    slot: row.slotKey,
    state: row.state,
    mode: phase?.mode ?? null,
    units,
    startedAt: row.startedAt?.toISOString() ?? null,
    concludedAt: row.concludedAt?.toISOString() ?? null,
    verdict,
  };
}
