import type { Slot } from '../server/contract/catalog.ts';
import type { ExperimentSummary } from '../server/contract/report-contract.ts';
import type { AdminApi } from './admin-api.ts';
import { CliError } from './cli-error.ts';
import { nearestNames } from './nearest-names.ts';

type Kind = 'experiment' | 'slot';

/** `work`, with the nearest names beside the server's sentence where it knows no such thing. */
export async function withNames<T>(api: AdminApi, kind: Kind, name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CliError) || error.status !== 404) throw error;
    const known = await namesOf(api, kind).catch(() => null);
    // The thing is there: something within it is not, as the server's sentence says.
    if (known === null || known.includes(name)) throw error;
    throw new CliError(`There is no ${kind} "${name}". ${advice(kind, nearestNames(name, known))}`, error);
  }
}

async function namesOf(api: AdminApi, kind: Kind): Promise<string[]> {
  if (kind === 'slot') return (await api.get<{ slots: Slot[] }>('/api/slots')).slots.map((each) => each.key);
  const { experiments } = await api.get<{ experiments: ExperimentSummary[] }>('/api/experiments');
  return experiments.map((each) => each.key);
}

function advice(kind: Kind, near: string[]): string {
  if (near.length === 0) return `"assay ${kind}s list" lists what there is.`;
  const names = near.map((name) => `"${name}"`);
  return `Did you mean ${names.length > 1 ? `${names.slice(0, -1).join(', ')} or ` : ''}${names.at(-1)}?`;
}
