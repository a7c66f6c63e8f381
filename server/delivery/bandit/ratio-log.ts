import { sampleRatioEvidence } from '../../../stats/index.ts';
import { RATIO_CONCENTRATIONS } from '../../analysis/health/ratio-concentrations.ts';
import type { Queryable } from '../../db/queryable.ts';
import type { CellCount } from './close-epoch.ts';
import type { OpenEpoch } from './epoch-store.ts';

const KIND = 'sample_ratio';

/** Weights by variant id that the units of a context were drawn with in an epoch. */
export function weightsIn(
  { weights, contexts }: Pick<OpenEpoch, 'weights' | 'contexts'>,
  context: string | null,
): Record<string, number> {
  return (context === null ? undefined : contexts?.[context]) ?? weights;
}

/** Log e-values of one epoch, one a concentration: its contexts are strata with weights of their own. */
export function epochEvidence(epoch: Pick<OpenEpoch, 'weights' | 'contexts'>, counts: CellCount[]): number[] {
  const contexts = [...new Set(counts.map((each) => each.context))];
  if (contexts.length === 0) return RATIO_CONCENTRATIONS.map(() => 0);
  const strata = contexts.map((context) => {
    const entries = Object.entries(weightsIn(epoch, context));
    const of = (id: string) => counts.find((each) => each.context === context && String(each.variantId) === id);
    return { observed: entries.map(([id]) => of(id)?.cells ?? 0), weights: entries.map(([, weight]) => weight) };
  });
  return RATIO_CONCENTRATIONS.map((concentration) => sampleRatioEvidence(strata, { concentration }).logE);
}

/** e-values of strata multiply: adds the logs of an epoch that has just closed. */
export async function addRatioLog(db: Queryable, phaseId: number, logE: number[], now: Date): Promise<void> {
  const known = await readRatioLog(db, phaseId);
  await db.query(
    `insert into process (phase_id, metric_id, kind, stratum, log_e, at) values ($1, 0, '${KIND}', 0, $2, $3)
     on conflict (phase_id, metric_id, kind, stratum) do update set log_e = excluded.log_e, at = excluded.at`,
    [phaseId, logE.map((log, i) => log + (known[i] ?? 0)), now],
  );
}

/** Over all closed epochs; zeros before the first. */
export async function readRatioLog(db: Queryable, phaseId: number): Promise<number[]> {
  const { rows } = await db.query<{ log_e: number[] }>(
    `select log_e from process where phase_id = $1 and metric_id = 0 and kind = '${KIND}' and stratum = 0`,
    [phaseId],
  );
  return rows[0]?.log_e ?? RATIO_CONCENTRATIONS.map(() => 0);
}
