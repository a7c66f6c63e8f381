import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Experiment, Slot } from '../../server/contract/catalog.ts';
import { type CliCommand, cliCommand } from './cli-command.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
let cli: CliCommand;
let env: Record<string, string>;
beforeAll(async () => {
  server = await startTestServer();
  cli = cliCommand();
  env = { ASSAY_URL: server.url, ASSAY_KEY: server.adminKey };
});
afterAll(async () => {
  cli.remove();
  await server.stop();
});

const assay = (...args: string[]) => cli.run(args, { env });

/** The file of the tests, with the text replaced. */
function write(name: string, ...replaced: [string, string][]): string {
  let text = PLAN;
  for (const [from, to] of replaced) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  writeFileSync(join(cli.folder, name), text);
  return name;
}

const SAME = 'No differences: the server has what the files declare.\n';
const PLAN = `slots:
  - key: fraud-score
    champion: logistic
    timeoutMs: 500
    variants:
      - key: logistic
        payload: { model: logistic-2025, threshold: 0.8 }
      - key: boosted
        payload: { model: boosted-1 }
metrics:
  - key: blocked # stands for the next one
    name: Blocked
    kind: proportion
    outcome: block
    proxyFor: chargeback
    windowSeconds: 3600
  - key: chargeback
    name: Charged back
    kind: mean
    outcome: chargeback
    windowSeconds: 86400
    direction: decrease
    cap: { upper: 500 }
experiments:
  - key: boosted-trees
    slot: fraud-score
    name: Boosted trees
    hypothesis: Fewer charge-backs at the same rate of blocks.
    targeting:
      - { attribute: country, operator: in, values: [DE, FR] }
    metrics:
      - { metric: blocked, role: primary }
      - { metric: chargeback, role: guardrail, margin: { relative: 0.05 } }
    phases:
      - mode: canary
        candidate: boosted
        canary:
          steps:
            - { share: 0.01, minimumSeconds: 60 }
            - { share: 0.2, minimumSeconds: 3600 }
          guardrails:
            - { kind: errors }
            - { kind: slow_calls, thresholdMs: 200 }
      - split:
          - { variant: logistic, weight: 0.5 }
          - { variant: boosted, weight: 0.5 }
        plan: { units: 10000, looks: 3 }
`;

it('makes what a file declares, once, and drafts experiments without starting them', async () => {
  const file = write('plan.yaml');
  const before = await assay('diff', '-f', file);
  expect(before).toMatchObject({ status: 2, stderr: '' });
  expect(before.stdout).toBe(
    `+ slot fraud-score: 2 variants, champion logistic
+ metric chargeback: mean of chargeback
+ metric blocked: proportion of block
+ experiment boosted-trees: a draft on fraud-score: canary, then ab
4 to create.
`,
  );
  const unasked = await assay('apply', '-f', file);
  expect(unasked).toMatchObject({ status: 1, stderr: expect.stringContaining('Nobody is there to answer') });
  const applied = await assay('apply', '-f', file, '--yes');
  expect(applied).toMatchObject({
    status: 0,
    stderr: '',
    stdout: expect.stringContaining('✓ experiment boosted-trees\n'),
  });
  const made = (await server.api<Experiment>('GET', '/api/experiments/boosted-trees')).body;
  expect(made.state).toBe('draft');
  expect(made.phases.map(({ mode }) => mode)).toEqual(['canary', 'ab']);

  const after = await assay('diff', '-f', file);
  expect(after).toMatchObject({ status: 0, stdout: SAME });
  const again = await assay('apply', '-f', file, '--yes', '--json');
  expect(JSON.parse(again.stdout)).toEqual({
    applied: [],
    unmanaged: { slots: [], variants: [], metrics: [], audiences: [], experiments: [] },
  });
});

it('writes a file of what the server has, which differs from it in nothing and says no more than it must', async () => {
  const pulled = await assay('pull');
  expect(pulled.status).toBe(0);
  writeFileSync(join(cli.folder, 'pulled.yaml'), pulled.stdout);
  expect((await assay('diff', '-f', 'pulled.yaml')).stdout).toBe(SAME);
  for (const left of ['createdAt', 'correction', 'alpha', 'assignment', 'fallback', 'level', 'salt', 'design']) {
    expect(pulled.stdout).not.toContain(`${left}:`);
  }
  expect(pulled.stdout).toContain('        plan:\n          looks: 3\n          units: 10000\n');
  expect(pulled.stdout).toContain('timeoutMs: 500');
});

it('shows and applies edits field by field', async () => {
  const file = write(
    'edited.yaml',
    ['share: 0.01', 'share: 0.02'],
    ['Fewer charge-backs', 'Less loss'],
    ['looks: 3', 'looks: 4'],
    ['[DE, FR]', '[DE, FR, NL]'],
    ['      - key: boosted\n', '      - key: deep\n        payload: { model: deep-1 }\n      - key: boosted\n'],
  );
  const { status, stdout } = await assay('diff', '-f', file);
  expect(status).toBe(2);
  expect(stdout).toBe(
    `+ variant fraud-score/deep
~ experiment boosted-trees
    hypothesis: "Fewer charge-backs at the same rate of blocks." → "Less loss at the same rate of blocks."
    targeting.0.values: ["DE","FR"] → ["DE","FR","NL"]
~ phase boosted-trees/0: canary
    canary.steps.0.share: 0.01 → 0.02
~ phase boosted-trees/1: ab
    plan.looks: 3 → 4
1 to create, 3 to change.
`,
  );
  const json = JSON.parse((await assay('diff', '-f', file, '--json')).stdout);
  expect(json.changes[2]).toEqual({
    action: 'update',
    kind: 'phase',
    key: 'boosted-trees/0',
    summary: 'canary',
    differences: [{ path: ['canary', 'steps', 0, 'share'], from: 0.01, to: 0.02 }],
    reason: null,
    at: 'edited.yaml:37:9',
  });
  expect((await assay('apply', '-f', file, '--yes')).stderr).toBe('');
  expect((await assay('diff', '-f', file)).status).toBe(0);
  // Back again: the variant stays on the server, and the files do not know it.
  const back = await assay('apply', '-f', write('plan.yaml'), '--yes');
  expect(back).toMatchObject({ status: 0, stdout: expect.stringContaining('variants: fraud-score/deep') });
});

it('adds and removes phases that are planned', async () => {
  const canary = PLAN.slice(PLAN.indexOf('      - mode: canary'), PLAN.indexOf('      - split:'));
  const short = write('short.yaml', [canary, '']);
  const { stdout } = await assay('diff', '-f', short);
  expect(stdout).toContain('- phase boosted-trees/1: ab, planned\n');
  expect(stdout).toContain('    mode: "canary" → "ab"\n');
  expect((await assay('apply', '-f', short, '--yes')).stderr).toBe('');
  expect((await assay('diff', '-f', short)).status).toBe(0);
  expect((await assay('apply', '-f', write('plan.yaml'), '--yes')).stdout).toContain('✓ phase boosted-trees/1');
});

it('keeps audiences, and the experiments that name them', async () => {
  const audience = `audiences:
  - key: staff
    name: Staff
    rules:
      - { attribute: mail, operator: ends_with, values: ['@example.com'] }
experiments:`;
  const inAudience: [string, string] = [
    '- { attribute: country, operator: in, values: [DE, FR] }',
    '- { operator: in_audience, values: [staff] }',
  ];
  const file = write('audience.yaml', ['experiments:', audience], inAudience);
  expect((await assay('apply', '-f', file, '--yes')).stdout).toContain(
    '✓ audience staff\n✓ experiment boosted-trees\n',
  );
  expect((await assay('diff', '-f', file)).status).toBe(0);
  writeFileSync(join(cli.folder, 'pulled.yaml'), (await assay('pull')).stdout);
  expect((await assay('diff', '-f', 'pulled.yaml')).stdout).toBe(SAME);
  const edited = write('audience.yaml', ['experiments:', audience.replace('ends_with', 'contains')], inAudience);
  expect((await assay('diff', '-f', edited)).stdout).toContain('rules.0.operator: "ends_with" → "contains"');
  expect((await assay('apply', '-f', edited, '--yes')).stderr).toBe('');
  const back = await assay('apply', '-f', write('plan.yaml'), '--yes');
  expect(back).toMatchObject({ status: 0, stdout: expect.stringContaining('audiences: staff') });
});

it('leaves a running experiment alone where the server does, and says why at the line that asked for it', async () => {
  expect((await server.api('POST', '/api/experiments/boosted-trees/start')).status).toBe(200);
  expect((await assay('diff', '-f', write('plan.yaml'))).status).toBe(0);
  const later = write('later.yaml', ['share: 0.2,', 'share: 0.2 ,'], ['units: 10000', 'units: 20000']);
  expect((await assay('apply', '-f', later, '--yes')).status).toBe(0);
  const moving = write('moving.yaml', ['units: 10000', 'units: 20000'], ['[DE, FR]', '[DE]']);
  const refused = await assay('apply', '-f', moving, '--yes');
  expect(refused.status).toBe(3);
  expect(refused.stderr).toMatch(
    /^Error: moving\.yaml:29:5: experiment boosted-trees: targeting: "boosted-trees" has started/,
  );
  expect(refused.stderr).toContain('0 of 1 changes were applied; mend the file and apply it again.');
});

it('refuses what no server would do before it does anything', async () => {
  const file = write(
    'fixed.yaml',
    ['threshold: 0.8', 'threshold: 0.9'],
    ['windowSeconds: 3600', 'windowSeconds: 7200'],
    ['timeoutMs: 500', 'timeoutMs: 900'],
    ['      - key: boosted\n', '      - key: newest\n      - key: boosted\n'],
  );
  const shown = await assay('diff', '-f', file);
  expect(shown).toMatchObject({
    status: 2,
    stdout: expect.stringContaining('    windowSeconds: 3600 → 7200\n    impossible: a metric never'),
  });
  const { status, stderr } = await assay('apply', '-f', file, '--yes');
  expect(status).toBe(3);
  expect(stderr).toContain('Nothing was applied');
  expect(stderr).toContain(
    'fixed.yaml:6:9: ! variant fraud-score/logistic\n    payload.threshold: 0.8 → 0.9\n    impossible: a variant never changes',
  );
  const slot = (await server.api<Slot>('GET', '/api/slots/fraud-score')).body;
  expect(slot.variants.map(({ key }) => key)).not.toContain('newest');
});

it('tells every flaw of the files at its line and column', async () => {
  const file = write(
    'flawed.yaml',
    ['    kind: proportion', '    kind: porportion'],
    ['    champion: logistic\n', '    champoin: logistic\n'],
    ['    hypothesis:', '    hypotesis:'],
    ['weight: 0.5 }', 'weight: 1.5 }'],
  );
  const { status, stdout, stderr } = await assay('diff', '-f', file);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain('flawed.yaml:2:5: "champion" is missing; is "champoin" meant to be it?\n');
  expect(stderr).toMatch(/flawed\.yaml:13:5: kind: .*"proportion"/);
  expect(stderr).toMatch(/flawed\.yaml:45:34: weight: .*1/);
  const unknown = await assay(
    'diff',
    '-f',
    write('unknown.yaml', ['    hypothesis:', '    hypotesis:'], ['    timeoutMs:', '    timeoutms:']),
  );
  expect(unknown.stderr).toBe(
    `Error: The files cannot be used:
unknown.yaml:4:5: "timeoutms" is no field here; did you mean "timeoutMs"?
unknown.yaml:28:5: "hypotesis" is no field here; did you mean "hypothesis"?
`,
  );
  writeFileSync(join(cli.folder, 'broken.yaml'), 'slots:\n  - key: [a\n');
  expect((await assay('diff', '-f', 'broken.yaml')).stderr).toMatch(/broken\.yaml:3:1: /);
  expect((await assay('diff', '-f', 'none.yaml')).stderr).toContain('Cannot read none.yaml');
  expect((await assay('diff', '-f', 'plan.yaml', 'pulled.yaml')).stderr).toContain(
    'pulled.yaml:3:5: "fraud-score" is among the slots already, at plan.yaml:2:5',
  );
});

it('differs in nothing from all that the modes can declare', async () => {
  const { api } = server;
  const variants = [{ key: 'a' }, { key: 'b', payload: [1, { deep: null }] }];
  await api('POST', '/api/slots', { key: 'feed', output: 'ranking', variants, champion: 'a', fallback: 'champion' });
  await api('POST', '/api/metrics', {
    key: 'clicked',
    name: 'Clicked',
    kind: 'proportion',
    outcome: 'click',
    windowSeconds: 60,
  });
  await api('POST', '/api/metrics', {
    key: 'clicks',
    name: 'Clicks',
    kind: 'count',
    outcome: 'click',
    windowSeconds: 60,
    filter: { big: true },
  });
  await api('POST', '/api/metrics', {
    key: 'back',
    name: 'Back',
    kind: 'retention',
    outcome: 'visit',
    fromSeconds: 5,
    windowSeconds: 60,
  });
  await api('POST', '/api/metrics', {
    key: 'p95',
    name: 'P95',
    kind: 'quantile',
    quantile: 0.95,
    outcome: 'assay.ms',
    windowSeconds: 60,
  });
  await api('POST', '/api/metrics', {
    key: 'order',
    name: 'Order',
    kind: 'ratio',
    outcome: 'buy',
    denominator: { outcome: 'buy', aggregate: 'count' },
    windowSeconds: 60,
  });
  const made = await api('POST', '/api/experiments', {
    key: 'all-modes',
    slot: 'feed',
    name: 'All modes',
    segments: ['device'],
    range: { from: 0, to: 0.5 },
    metrics: [
      { metric: 'clicked', role: 'primary' },
      { metric: 'clicks', role: 'secondary' },
    ],
    phases: [
      { mode: 'shadow', candidate: 'b', shadow: { share: 0.3, compare: { ignore: ['meta.id'] } }, gate: 'automatic' },
      { mode: 'canary', candidate: 'b', canary: { steps: [{ share: 0.1 }] } },
      {
        mode: 'ab',
        continues: true,
        split: [
          { variant: 'a', weight: 0.9 },
          { variant: 'b', weight: 0.1 },
        ],
        plan: { minimumEffect: 0.05, covariates: {} },
      },
      {
        mode: 'bandit',
        variants: ['a', 'b'],
        bandit: { reward: 'clicked', context: 'device' },
        plan: { durationSeconds: 86_400 },
      },
      { mode: 'interleave', variants: ['a', 'b'], interleave: {}, plan: { units: 500 } },
    ],
  });
  expect(made).toMatchObject({ status: 201 });
  writeFileSync(join(cli.folder, 'all.yaml'), (await assay('pull')).stdout);
  const text = readFileSync(join(cli.folder, 'all.yaml'), 'utf8');
  expect(text).toContain('        plan:\n          minimumEffect: 0.05\n          covariates: {}\n');
  for (const state of ['draft', 'running']) {
    expect((await assay('diff', '-f', 'all.yaml')).stdout, state).toBe(SAME);
    await api('POST', '/api/experiments/all-modes/start');
  }
});
