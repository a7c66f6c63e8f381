import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import pino from 'pino';
import { afterAll, expect, it } from 'vitest';
import type { RecordedFacts } from '../../scripts/record-archive.ts';
import { uuid7 } from '../../sdk/index.ts';
import { relationsOf, type Totals } from '../../server/archive/archive-format.ts';
import { openArchive } from '../../server/archive/archive-reader.ts';
import { restore } from '../../server/archive/restore.ts';
import { readConfig } from '../../server/config.ts';
import { type Report, report as reportShape } from '../../server/contract/report-contract.ts';
import { rebuildPhase } from '../../server/rollup/rebuild.ts';
import { type RunningServer, startServer } from '../../server/start.ts';
import { withDatabase } from './database.ts';
import { contentsOf } from './database-contents.ts';
import { caller, type TestServer, until } from './test-server.ts';

const archives = fileURLToPath(new URL('../fixtures/archives', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'assay-test-old-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RECORDED_ADMIN_KEY = 'recorded-admin-key-0123456789';
/** Raw data and conclusions: no migration adds a row to these, or takes one. */
const LASTING =
  /^(batch|exposure|outcome|impression|comparison|unit_state|unit_total|look|audit|api_key|experiment|phase)$/;

it.each(readdirSync(archives).filter((name) => name.endsWith('.tar.gz')))(
  'takes over data of an older schema: %s',
  async (name) => {
    const path = join(folder, name.replace('.gz', ''));
    writeFileSync(path, gunzipSync(readFileSync(join(archives, name))));
    const facts: RecordedFacts[] = JSON.parse(readFileSync(join(archives, name.replace('.tar.gz', '.json')), 'utf8'));
    const { createdAt, totals } = await read(path);
    await withDatabase(async (url) => {
      await restore(url, path);
      const contents = await contentsOf(url);
      for (const [table, rows] of totals) if (LASTING.test(table)) expect(contents[table]?.rows, table).toBe(rows);
      await serverAt(createdAt, url, async (server, api) => {
        for (const each of facts) await expectReported(api, each);
        for (const { id } of await startedPhases(server)) {
          // Null while another job of this server holds the roll-up.
          await until(() => rebuildPhase(server.services.pool, id, server.services.now()));
        }
        for (const each of facts) await expectReported(api, each);
        await expectIntakeGoesOn(server, api);
      });
    });
  },
);

async function read(path: string): Promise<{ createdAt: number; totals: Map<string, number> }> {
  const archive = await openArchive(path);
  try {
    const relations = relationsOf(archive.about);
    for (const { name } of relations) for await (const _ of archive.read(name));
    const told: Totals = await archive.totals();
    const totals = new Map<string, number>();
    for (const { name, table } of relations) {
      const rows = told.relations[name]?.rows ?? 0;
      if (rows > 0) totals.set(table, (totals.get(table) ?? 0) + rows);
    }
    return { createdAt: Date.parse(archive.about.createdAt), totals };
  } finally {
    await archive.close();
  }
}

/** A server whose clock stands a minute after the archive was written, so that this test reads the same in any year. */
async function serverAt(
  createdAt: number,
  url: string,
  use: (server: RunningServer, api: TestServer['api']) => Promise<void>,
): Promise<void> {
  const ahead = createdAt + 60_000 - Date.now();
  const env = { DATABASE_URL: url, PORT: '0', ASSAY_DATA_DIR: folder, LOG_LEVEL: 'silent' };
  const server = await startServer(readConfig(env), pino({ level: 'silent' }), () => new Date(Date.now() + ahead));
  try {
    await use(server, caller(`http://localhost:${server.port}`, RECORDED_ADMIN_KEY));
  } finally {
    await server.stop();
  }
}

async function expectReported(api: TestServer['api'], facts: RecordedFacts): Promise<void> {
  const { status, body } = await api<Report>('GET', `/api/experiments/${facts.experiment}/report?phase=${facts.phase}`);
  expect(status, JSON.stringify(body)).toBe(200);
  const report = reportShape.parse(body);
  expect(report.variants.map(({ variant, units, mixedUnits }) => ({ variant, units, mixedUnits }))).toEqual(
    facts.variants,
  );
  for (const told of facts.metrics) {
    const metric = report.metrics.find(({ key }) => key === told.key);
    for (const [index, { matureUnits, value }] of told.variants.entries()) {
      expect(metric?.variants[index]?.matureUnits, told.key).toBe(matureUnits);
      if (value === null) expect(metric?.variants[index]?.value, told.key).toBeNull();
      else expect(metric?.variants[index]?.value, told.key).toBeCloseTo(value, 9);
    }
    if (told.looks) expect(metric?.looks).toEqual(told.looks);
  }
}

async function startedPhases({ services }: RunningServer): Promise<{ id: number }[]> {
  const { rows } = await services.pool.query<{ id: number }>('select id from phase where started_at is not null');
  expect(rows.length).toBeGreaterThan(1);
  return rows;
}

async function expectIntakeGoesOn(server: RunningServer, api: TestServer['api']): Promise<void> {
  const { body: before } = await api<Report>('GET', '/api/experiments/running/report');
  const key = (await api<{ secret: string }>('POST', '/api/keys', { kind: 'sdk', name: 'new' })).body.secret;
  const at = server.services.now().getTime();
  const exposure = {
    ...{ type: 'exposure', unit: 'a-new-unit', slot: 'running', phase: before.phase?.id, step: 1, variant: 'new', at },
    ...{ decision: 'a-new-decision', propensity: 0.5, ruleset: 1, source: 'hash', call: false },
  };
  const response = await fetch(`http://localhost:${server.port}/v1/events`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ batch: uuid7(at), events: [exposure] }),
  });
  expect([response.status, await response.text()]).toEqual([202, expect.stringContaining('"rejected":[]')]);
  const units = (report: Report) => report.variants.reduce((sum, each) => sum + each.units, 0);
  await until(
    async () => units((await api<Report>('GET', '/api/experiments/running/report')).body) === units(before) + 1,
  );
}
