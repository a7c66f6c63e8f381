import type { ClientBase } from 'pg';
import * as contract from '../../contract/query-contract.ts';
import { inSnapshot } from '../../db/snapshot.ts';
import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';
import { needExperiment } from '../../experiments/need-experiment.ts';
import { AssayError } from '../../http/errors.ts';
import { type Route, route } from '../../http/route.ts';
import type { Services } from '../../services.ts';
import { controlFirst, type ReportMetric } from '../arms.ts';
import { readLooks, type StoredLook } from '../look-result.ts';
import { metricReport } from '../metric-report.ts';
import { metricOf, phaseOf } from '../named-subject.ts';
import { type ReportRows, readReportRows } from '../report-store.ts';
import { firstReceipt } from '../unit-job/outcome-bins.ts';
import { noteOf, numberQuery, OTHER_MODES } from './number-query.ts';
import { readQueryInputs } from './query-subject.ts';

export function queryRoutes({ pool, db, now }: Pick<Services, 'pool' | 'db' | 'now'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/experiments/:experiment/query',
      tag: 'Reports',
      summary: 'The SQL behind a number of a report: one statement that answers the value and error of each variant.',
      auth: 'admin',
      query: {
        phase: 'Position of the phase, from 0; the current or last one when absent',
        metric: 'Key of a metric of the experiment; its first one when absent',
        variant: 'Only this variant, and the control; all when absent',
      },
      answer: contract.numberQuery,
      async handle({ principal, params, request }) {
        const row = await needExperiment(db, principal.environmentId, params.experiment ?? '');
        const phase = phaseOf(row, request.query.phase);
        const metric = metricOf(row, request.query.metric);
        const variants = variantsOf(phase, request.query.variant);
        if (phase.mode !== 'ab') return withoutQuery(metric, phase);
        return inSnapshot(pool, (client) => readQuery(client, { row, phase, metric, variants }, now()));
      },
    }),
  ];
}

function withoutQuery(metric: ReportMetric, { position, mode }: PhaseRow): contract.NumberQuery {
  const note = mode === 'ab' || mode === 'holdout' ? 'A holdout has no numbers of its own.' : OTHER_MODES[mode];
  return { metric: metric.key, phase: position, source: 'live', asOf: null, sql: null, note, variants: [] };
}

interface Asked {
  row: ExperimentRow;
  phase: PhaseRow;
  metric: ReportMetric;
  variants: string[] | null;
}

async function readQuery(client: ClientBase, asked: Asked, now: Date): Promise<contract.NumberQuery> {
  const { row, phase, metric, variants } = asked;
  const rows = await readReportRows(client, phase, now);
  const looks = readLooks(rows.looks);
  const shown = metricReport({ row, current: phase, rows, looks, past: null }, metric);
  const { look, asOf } = sourceOf(asked, looks, rows);
  const inputs = await readQueryInputs(client, metric, phase, asOf);
  const job = rows.unitResults.find((each) => each.metricId === metric.id);
  const adjusted = shown.comparisons.some((each) => each.adjustment !== null);
  const subject = {
    ...{ experiment: row.key, metric, phase, asOf, variants, ...inputs, since: firstReceipt(row, phase) },
    byUnits: job !== undefined,
    covariates: adjusted ? inputs.covariates : [],
  };
  return {
    metric: metric.key,
    phase: phase.position,
    source: look ? 'look' : 'live',
    asOf: asOf.toISOString(),
    sql: numberQuery(subject),
    note: noteOf(subject, look ? 'look' : 'live', look?.number ?? null),
    variants: shown.variants
      .filter((each) => variants === null || variants.includes(each.variant))
      .map(({ variant, matureUnits, value, standardError, interval }) => ({
        ...{ variant, units: matureUnits, value, standardError, interval },
      })),
  };
}

/** Of which time the numbers are that the report shows: of the last look, else of the job that read units, else of now. */
function sourceOf(
  { metric, phase, variants }: Asked,
  looks: StoredLook[],
  rows: ReportRows,
): { look: StoredLook | null; asOf: Date } {
  const asked = (variantId: number) =>
    variants === null || phase.split.some((each) => each.variantId === variantId && variants.includes(each.variant));
  const own = looks.filter(({ result }) => result.metricId === metric.id && asked(result.variantId));
  const look = own.at(-1) ?? null;
  if (look) return { look, asOf: look.result.asOf === undefined ? look.at : new Date(look.result.asOf) };
  const job = rows.unitResults.find((each) => each.metricId === metric.id);
  return { look: null, asOf: job ? new Date(job.result.asOf) : rows.asOf };
}

function variantsOf(phase: PhaseRow, key: unknown): string[] | null {
  if (key === undefined) return null;
  const all = controlFirst(phase);
  if (all.some(({ variant }) => variant === key)) {
    return all.flatMap(({ variant, control }) => (control || variant === key ? [variant] : []));
  }
  const keys = all.map(({ variant }) => `"${variant}"`).join(', ');
  throw new AssayError('not_found', `Phase ${phase.position} has no variant "${String(key)}": it has ${keys}.`);
}
