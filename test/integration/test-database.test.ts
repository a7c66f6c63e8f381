import pg from 'pg';
import { expect, it } from 'vitest';
import { createTestDatabase, withDatabase } from './database.ts';

it('lends a migrated database that no other test sees', async () => {
  await withDatabase(async (url) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query("select count(*)::int as tables from pg_tables where schemaname = 'public'");
    expect(rows[0].tables).toBeGreaterThan(5);
    await client.query('create table mine ()');
    await client.end();
  });
  await withDatabase(async (url) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    expect((await client.query("select to_regclass('mine') as found")).rows[0].found).toBeNull();
    await client.end();
  });
});

it('fails a test that leaves a connection open', async () => {
  const database = await createTestDatabase();
  const leaked = new pg.Client({ connectionString: database.url });
  leaked.on('error', () => undefined);
  await leaked.connect();
  await leaked.query('select 42');
  await expect(database.drop()).rejects.toThrow('left 1 connection(s) open; their last queries: select 42');
  await leaked.end().catch(() => undefined);
});
