import { z } from 'zod';
import * as contract from '../contract/report-contract.ts';
import { inSnapshot } from '../db/snapshot.ts';
import { needExperiment } from '../experiments/experiment-routes.ts';
import { type ExperimentRow, listExperiments, type PhaseRow } from '../experiments/experiment-store.ts';
import { type Route, route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { type PastEffects, readPastEffects } from './past-effects.ts';
import { buildReport } from './report.ts';
import { readReportRows } from './report-store.ts';

export function reportRoutes(services: Services): Route[] {
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
        return { experiments: await Promise.all(rows.map((row) => summarise(services, row))) };
      },
    }),
    route({
      method: 'get',
      path: '/api/experiments/:experiment/report',
      tag: 'Reports',
      summary: 'The report of the current or last phase: verdict, health, every metric with its comparisons.',
      auth: 'admin',
      answer: contract.report,
      async handle({ principal, params }) {
        const row = await needExperiment(db, principal.environmentId, params.experiment ?? '');
        // Only what is asked of the past is read: how well a proxy that decides predicted its business metric.
        const asks = row.metrics.some((each) => each.role === 'primary' && each.proxyForId !== null);
        return reportOf(services, row, asks ? await readPastEffects(services.pool, row.environmentId) : null);
      },
    }),
  ];
}

async function reportOf(
  { pool, now }: Services,
  row: ExperimentRow,
  past: PastEffects | null,
): Promise<contract.Report> {
  const at = now();
  const current = reportedPhase(row);
  const rows = current && (await inSnapshot(pool, (client) => readReportRows(client, current, at)));
  return buildReport(row, current, rows, past, at);
}

/** The running phase, else the last one that ran. */
function reportedPhase(row: ExperimentRow): PhaseRow | null {
  const started = row.phases.filter((each) => each.state !== 'planned');
  return started.find((each) => each.state === 'running') ?? started.at(-1) ?? null;
}

async function summarise(services: Services, row: ExperimentRow): Promise<contract.ExperimentSummary> {
  const report = await reportOf(services, row, null);
  return {
    key: row.key,
    name: row.name,
    slot: row.slotKey,
    state: row.state,
    mode: report.phase?.mode ?? null,
    units: report.variants.reduce((sum, each) => sum + each.units, 0),
    startedAt: row.startedAt?.toISOString() ?? null,
    concludedAt: row.concludedAt?.toISOString() ?? null,
    verdict: report.verdict,
  };
}
