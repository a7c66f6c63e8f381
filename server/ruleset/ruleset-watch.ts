import type { Logger } from 'pino';
import type { Ruleset } from '../../sdk/index.ts';
import type { Database } from '../db/database.ts';
import { compileCatalogue, compileRuleset } from './compile-ruleset.ts';
import type { EventCatalogue, EventCatalogueSource } from './event-catalogue.ts';
import { type RulesetBody, rulesetBody } from './ruleset-body.ts';
import { readRulesetRows, readVersions } from './ruleset-store.ts';

/** A change is served by every process within this time. */
const POLL_MS = 250;

export interface CompiledRuleset {
  ruleset: Ruleset;
  /** The ruleset as sent, made once a version. */
  body: RulesetBody;
  catalogue: EventCatalogue;
}

/** Who hears of changes. */
export interface RulesetListener {
  changed(environmentId: number, before: CompiledRuleset, after: CompiledRuleset): void;
  /** The process stops. */
  stopped(): void;
}

export interface RulesetSource extends EventCatalogueSource {
  ruleset(environmentId: number): Promise<CompiledRuleset>;
  listen(listener: RulesetListener): void;
  /** Age of what is served, ms since the database last confirmed it. */
  ageMs(): number;
  stop(): void;
}

/** Keeps each environment's ruleset in memory, watches its version, and serves the last one while the database is away. */
export function watchRulesets(db: Database, log: Logger, now: () => Date): RulesetSource {
  const compiled = new Map<number, CompiledRuleset>();
  const loading = new Map<number, Promise<CompiledRuleset>>();
  const listeners: RulesetListener[] = [];
  let confirmedAt = now().getTime();
  let failing = false;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function load(environmentId: number): Promise<CompiledRuleset> {
    const pending = loading.get(environmentId);
    if (pending) return pending;
    const promise = compile(db, environmentId)
      .then((result) => {
        const before = compiled.get(environmentId);
        compiled.set(environmentId, result);
        if (before && before.body.etag !== result.body.etag) {
          for (const each of listeners) each.changed(environmentId, before, result);
        }
        return result;
      })
      .finally(() => loading.delete(environmentId));
    loading.set(environmentId, promise);
    return promise;
  }

  async function poll(): Promise<void> {
    try {
      const versions = await readVersions(db);
      for (const [id, known] of compiled) {
        if (versions.get(id) !== known.ruleset.version) await load(id);
      }
      confirmedAt = now().getTime();
      failing = false;
    } catch (error) {
      if (!failing && !stopped) log.warn({ err: error }, 'the database is away: serving the last rulesets');
      failing = true;
    }
    if (!stopped) timer = setTimeout(poll, POLL_MS);
  }
  timer = setTimeout(poll, POLL_MS);

  const ruleset = async (id: number) => compiled.get(id) ?? load(id);
  return {
    ruleset,
    get: async (id) => (await ruleset(id)).catalogue,
    refresh: async (id) => {
      await loading.get(id)?.catch(() => undefined); // it may have read before the change
      return (await load(id)).catalogue;
    },
    listen: (listener) => void listeners.push(listener),
    ageMs: () => now().getTime() - confirmedAt,
    stop() {
      stopped = true;
      clearTimeout(timer);
      for (const each of listeners) each.stopped();
    },
  };
}

async function compile(db: Database, environmentId: number): Promise<CompiledRuleset> {
  // One snapshot: every process makes the same ruleset of the same version, so that patches of one fit those of another.
  const rows = await db.transaction((tx) => readRulesetRows(tx, environmentId), {
    isolationLevel: 'repeatable read',
    accessMode: 'read only',
  });
  if (!rows) throw new Error(`environment ${environmentId} has no ruleset`);
  const ruleset = compileRuleset(rows);
  return {
    ruleset,
    body: rulesetBody(environmentId, ruleset),
    catalogue: compileCatalogue(environmentId, rows),
  };
}
