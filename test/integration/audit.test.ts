import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AuditPage } from '../../server/contract/audit-contract.ts';
import { caller, draftExperiment, startTestServer, TEST_ADMIN_KEY, type TestServer } from './test-server.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
  const anna = await test.api<{ secret: string }>('POST', '/api/keys', { kind: 'admin', name: 'Anna 100%' });
  await draftExperiment(test, { key: 'one' });
  await draftExperiment({ api: caller(test.url, anna.body.secret) }, { key: 'two' });
  await test.api('POST', '/api/experiments/one/start');
  await test.api('POST', '/api/experiments/one/roll-back', { reason: 'It was, "in a word", worse' });
});
afterAll(() => test.stop());

const read = async (query = '') => (await test.api<AuditPage>('GET', `/api/audit${query}`)).body;
const told = ({ entries }: AuditPage) => entries.map(({ actor, action, subject }) => `${actor} ${action} ${subject}`);

it('tells everything that was done, newest first, in pages that meet without a gap', async () => {
  const all = await read();
  expect(all.next).toBeNull();
  expect(all.entries[0]).toMatchObject({
    action: 'experiment.roll-back',
    subject: 'experiment:one',
    detail: { reason: 'It was, "in a word", worse', phase: 0 },
  });
  const walked: AuditPage['entries'] = [];
  for (let query = '?limit=2'; query !== ''; ) {
    const { entries, next } = await read(query);
    expect(entries.length).toBeLessThanOrEqual(2);
    walked.push(...entries);
    query = next === null ? '' : `?limit=2&before=${next}`;
  }
  expect(walked).toEqual(all.entries);
  expect(walked.length).toBeGreaterThan(6);
  expect(walked.map(({ id }) => id)).toEqual(walked.map(({ id }) => id).toSorted((a, b) => b - a));
});

it('narrows by kind, thing, person, action and time', async () => {
  const all = await read();
  const those = (fits: (entry: AuditPage['entries'][number]) => boolean) => all.entries.filter(fits);
  expect((await read('?subject=experiment')).entries).toEqual(those((each) => each.subject.startsWith('experiment:')));
  expect(told(await read('?subject=experiment:two'))).toEqual(['Anna 100% experiment.create experiment:two']);
  expect((await read('?actor=aNNa')).entries).toEqual(those(({ actor }) => actor === 'Anna 100%'));
  expect((await read('?actor=0%25')).entries).toEqual(those(({ actor }) => actor === 'Anna 100%'));
  expect(await read('?actor=a__a')).toEqual({ entries: [], next: null });
  expect(told(await read('?action=experiment.start'))).toHaveLength(1);
  const at = all.entries[2]?.at ?? '';
  expect((await read(`?from=${at}`)).entries).toEqual(those((each) => each.at >= at));
  expect((await read(`?to=${at}`)).entries).toEqual(those((each) => each.at < at));
  expect(await read('?subject=slot&action=experiment.start')).toEqual({ entries: [], next: null });
});

it('says what is wrong with a question', async () => {
  for (const [query, word] of [
    ['limit=0', 'limit'],
    ['limit=201', '1 to 200'],
    ['before=x', 'before'],
    ['from=yesterday', '2026-11-23T09:30:00Z'],
    ['subject=%25', 'experiment:checkout'],
  ] as const) {
    const { status, body } = await test.api<{ error: { message: string } }>('GET', `/api/audit?${query}`);
    expect([query, status]).toEqual([query, 400]);
    expect(body.error.message).toContain(word);
  }
});

it('is for admin keys only', async () => {
  const asSdk = caller(test.url, test.sdkKey);
  expect((await asSdk('GET', '/api/audit')).status).toBe(403);
  expect((await asSdk('GET', '/api/audit.csv')).status).toBe(403);
});

it('is a file for a spreadsheet, whole however long, in which no name becomes a formula', async () => {
  await test.api('POST', '/api/keys', { kind: 'admin', name: '=1+1' }).then(async ({ body }) => {
    await draftExperiment({ api: caller(test.url, String(body.secret)) }, { key: 'three' });
  });
  await test.server.services.pool.query(
    `insert into audit (environment_id, actor, action, subject)
     select environment_id, 'Filler', 'slot.create', 'slot:filler' from audit, generate_series(1, 1200) where id = 1`,
  );
  const get = async (query: string) => {
    const headers = { Authorization: `Bearer ${TEST_ADMIN_KEY}` };
    const response = await fetch(`${test.url}/api/audit.csv${query}`, { headers });
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename=audit.csv');
    return (await response.text()).trimEnd().split('\r\n');
  };
  expect(await get('?actor=filler')).toHaveLength(1201);
  const [head, rolledBack] = await get('?action=experiment.roll-back');
  expect(head).toBe('at,actor,action,subject,detail');
  expect(rolledBack).toContain('""reason"":""It was, \\""in a word\\"", worse""');
  const [, formula] = await get('?subject=experiment:three');
  expect(formula?.split(',')[1]).toBe("'=1+1");
});
