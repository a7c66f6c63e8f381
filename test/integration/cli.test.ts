import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Experiment } from '../../server/contract/catalog.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { type CliCommand, cliCommand } from './cli-command.ts';
import { draftExperiment, startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
let assay: CliCommand;
beforeAll(async () => {
  server = await startTestServer();
  assay = cliCommand();
  await draftExperiment(server, { key: 'ranker' });
  await draftExperiment(server, {
    key: 'fraud',
    phase: {
      mode: 'canary',
      split: undefined,
      candidate: 'new',
      canary: {
        steps: [
          { share: 0.1, minimumSeconds: 3600 },
          { share: 0.5, minimumSeconds: 3600 },
        ],
        guardrails: [{ kind: 'errors' }],
      },
    },
  });
  const { status, stderr } = await assay.run(['login', '--url', `${server.url}/`, '--key-stdin'], {
    stdin: `${server.adminKey}\n`,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
afterAll(async () => {
  assay.remove();
  await server.stop();
});

describe('logging in', () => {
  it('keeps the key in a file for its owner only, and never prints it', async () => {
    const file = join(assay.folder, 'config', 'assay', 'config.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      profiles: { default: { url: server.url, key: server.adminKey } },
    });
    const whoami = await assay.run(['whoami']);
    expect(whoami.stdout).toContain(`${server.url} as "`);
    expect(whoami.stdout + whoami.stderr).not.toContain(server.adminKey);
    expect(await assay.json(['whoami'])).toMatchObject({ url: server.url, profile: 'default' });
  });

  it('refuses keys that are unknown or of an SDK, and keeps the login there was', async () => {
    const login = ['login', '--url', server.url, '--key-stdin'];
    const unknown = await assay.run(login, { stdin: 'assay_admin_guessed' });
    expect(unknown).toMatchObject({ status: 4, stdout: '', stderr: expect.stringContaining('unknown, revoked or') });
    expect(await assay.run(login, { stdin: server.sdkKey })).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('needs an admin key'),
    });
    expect((await assay.run(['whoami'])).status).toBe(0);
  });

  it('has profiles, which logout forgets one by one', async () => {
    const login = ['login', '--profile', 'staging', '--url', server.url, '--key-stdin'];
    expect((await assay.run(login, { stdin: server.adminKey })).status).toBe(0);
    expect(await assay.json(['whoami', '--profile', 'staging'])).toMatchObject({ profile: 'staging' });
    expect((await assay.run(['logout', '--profile', 'staging'])).stdout).toContain('Forgot the key');
    const gone = await assay.run(['whoami', '--profile', 'staging']);
    expect(gone).toMatchObject({ status: 4, stderr: expect.stringContaining('assay login') });
    expect((await assay.run(['whoami'])).status).toBe(0);
  });

  it('takes address and key from the environment, and no stored key to another server', async () => {
    const asked: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.setHeader('Content-Type', 'text/html').end('<h1>Something else</h1>');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const ASSAY_URL = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const refused = await assay.run(['slots', 'list'], { env: { ASSAY_URL } });
    expect(refused).toMatchObject({ status: 4, stderr: expect.stringContaining(`Not logged in to ${ASSAY_URL}`) });
    expect(asked).toEqual([]);
    const given = await assay.run(['slots', 'list'], { env: { ASSAY_URL, ASSAY_KEY: 'mine' } });
    expect(given).toMatchObject({ status: 1, stderr: expect.stringContaining('not as Assay does') });
    expect(asked).toEqual(['Bearer mine']);
    other.close();
    await new Promise((resolve) => other.once('close', resolve));
    const away = await assay.run(['slots', 'list'], { env: { ASSAY_URL, ASSAY_KEY: 'mine' } });
    expect(away).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`Cannot reach ${ASSAY_URL} (ECONNREFUSED)`),
    });
  });
});

describe('reading', () => {
  it('lists and shows slots', async () => {
    const { stdout } = await assay.run(['slots', 'list']);
    expect(stdout).toMatch(/^SLOT +OUTPUT +CHAMPION +VARIANTS +RUNNING\n/);
    expect(stdout).toMatch(/^ranker +value +old +2 +-$/m);
    const { slots } = await assay.json<{ slots: { key: string }[] }>(['slots', 'list']);
    expect(slots.map((each) => each.key).sort()).toEqual(['fraud', 'ranker']);
    expect((await assay.run(['slots', 'show', 'ranker'])).stdout).toContain('old (champion)  {"model":"old"}');
    expect(await assay.json(['slots', 'show', 'ranker'])).toEqual((await server.api('GET', '/api/slots/ranker')).body);
  });

  it('lists and shows experiments, with what can be done next', async () => {
    const { stdout } = await assay.run(['experiments', 'list', '--slot', 'ranker']);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    const shown = await assay.run(['experiments', 'show', 'ranker']);
    expect(shown.stdout).toContain('ranker  Experiment ranker\nslot ranker · draft');
    expect(shown.stdout).toContain('Possible now: assay start ranker');
    const report = await assay.json<Report>(['experiments', 'show', 'ranker']);
    expect(report.verdict.kind).toBe('not_started');
    expect(report.experiment.key).toBe('ranker');
  });

  it('names what comes near where nothing has the name', async () => {
    const near = await assay.run(['experiments', 'show', 'rankr']);
    expect(near).toMatchObject({
      status: 1,
      stdout: '',
      stderr: 'Error: There is no experiment "rankr". Did you mean "ranker"?\n',
    });
    expect((await assay.run(['slots', 'show', 'zzzzzz'])).stderr).toContain('"assay slots list" lists what there is');
    const phase = await assay.run(['experiments', 'show', 'ranker', '--phase', '7']);
    expect(phase).toMatchObject({ status: 1, stderr: expect.stringContaining('none has started') });
  });

  it('tells a misused command line', async () => {
    expect(await assay.run(['experiment', 'list'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Did you mean experiments?'),
    });
    expect((await assay.run(['experiments', 'list', '--state', 'halted'])).stderr).toContain('draft, running, paused');
    for (const words of [[], ['slots'], ['experiments', 'show'], ['roll-back']]) {
      const help = await assay.run([...words, '--help']);
      expect(help).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('Usage: assay') });
    }
  });
});

describe('moving an experiment', () => {
  it('goes from a draft over pause, hold, step and roll-back to its conclusion', async () => {
    const move = async (...words: string[]) => {
      const { status, stdout, stderr } = await assay.run([...words, '--yes']);
      return status === 0 ? stdout : stderr;
    };
    expect(await move('start', 'fraud', '--reason', 'approved')).toBe(
      '"fraud" is running: phase 0 (canary, step 1 of 2).\n',
    );
    expect((await assay.run(['slots', 'list'])).stdout).toMatch(/^fraud .* fraud \(canary\)$/m);
    const shown = (await assay.run(['experiments', 'show', 'fraud'])).stdout;
    expect(shown).toContain('Canary\n');
    expect(shown).toContain('Step 1 of 2 at 10 %: 0 of 500 requests, ');
    expect(await move('hold', 'fraud', '--reason', 'weekly batch')).toContain('step 1 of 2, held');
    expect(await move('step', 'fraud')).toContain('holds it (weekly batch); release it first');
    expect(await move('release', 'fraud')).toContain('step 1 of 2)');
    expect(await move('step', 'fraud')).toContain('step 2 of 2)');
    expect(await move('pause', 'fraud')).toBe('"fraud" is paused.\n');
    expect(await move('resume', 'fraud')).toContain('is running');
    expect(await move('roll-back', 'fraud', '--reason', 'errors doubled')).toBe('"fraud" is paused.\n');
    expect(await move('conclude', 'fraud', '--promote', 'new')).toBe('"fraud" is concluded.\n');
    expect((await assay.json<{ champion: string }>(['slots', 'show', 'fraud'])).champion).toBe('new');
    const history = (await assay.run(['experiments', 'history', 'fraud'])).stdout;
    expect(history).toMatch(/roll-back +errors doubled\n/);
    expect(history).toMatch(/start +approved\n/);
  });

  it('asks first, and without anybody to answer changes nothing', async () => {
    const { status, stderr } = await assay.run(['start', 'ranker']);
    expect(status).toBe(1);
    expect(stderr).toBe(
      'Error: Experiment "ranker" on slot "ranker": start phase 0 (ab) for real traffic? Nobody is there to answer: repeat it with --yes.\n',
    );
    expect((await assay.json<Report>(['experiments', 'show', 'ranker'])).experiment.state).toBe('draft');
  });

  it("passes the server's refusals on, as exit code 3", async () => {
    const pause = await assay.run(['pause', 'ranker', '--yes']);
    expect(pause).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('the experiment is draft. Possible now: start.'),
    });
    await assay.json<Experiment>(['start', 'ranker', '--yes']);
    const refused = await assay.run(['conclude', 'ranker', '--yes', '--promote', 'newest']);
    expect(refused).toMatchObject({ status: 3, stderr: expect.stringContaining('has no variant "newest"; it has') });
    const champion = await assay.run(['slots', 'champion', 'ranker', 'new', '--yes']);
    expect(champion).toMatchObject({ status: 3, stdout: '' });
    expect(await assay.json(['slots', 'pause', 'ranker', '--yes'])).toEqual({ paused: ['ranker'] });
    expect((await assay.run(['hold', 'ranker'])).stderr).toContain('A hold needs a reason');
  });
});
