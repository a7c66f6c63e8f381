import type { Assay } from '@assay-ml/sdk';
import type { AssayApi } from '../assay-api.ts';
import { type ComparedReport, differencesFromPublished } from './published.ts';
import { readVoters } from './voters.ts';

const DAY_MS = 86_400_000;
const PEOPLE = 305_866;
/** Events handed to the client before its queue is let run empty. */
const CHUNK = 40_000;
const FLUSH_MS = 120_000;
const SLOT = 'voter-mailing';
const METRIC = 'voted-2006';

type Experiment = { key: string; state: string };
type Progress = (share: number, label: string) => void;

/** Key of the replay that was brought to its end and equals the published results; null when there is none yet. */
export async function finishedReplay(api: AssayApi): Promise<string | null> {
  for (const each of await experiments(api)) {
    if (each.state !== 'concluded') continue;
    const report = await api.get<ComparedReport>(`/api/experiments/${each.key}/report`);
    if (differencesFromPublished(report).length === 0) return each.key;
  }
  return null;
}

/**
 * Replays the field experiment as an external one: its slot, metric and experiment through the API, then, through the
 * SDK's ordinary batches, every person's recorded arm, the vote before and the vote after.
 */
export async function replay(
  api: AssayApi,
  connect: () => Promise<Assay>,
  file: string,
  progress: Progress,
): Promise<void> {
  const now = Date.now();
  // All within the past fortnight, so that the window of seven days and its allowance of one are closed.
  const times = { before: now - 13 * DAY_MS, mailed: now - 11 * DAY_MS, election: now - 6 * DAY_MS };
  const key = await define(api, new Date(times.mailed), new Date(times.mailed + DAY_MS));
  const assay = await connect();
  try {
    await sendVoters(assay, file, times, progress);
  } finally {
    await assay.close();
  }
  const { dropped } = assay.counters();
  if (Object.values(dropped).some((n) => n > 0))
    throw new Error(`the client dropped events: ${JSON.stringify(dropped)}`);
  progress(1, 'computing');
  await api.post(`/api/experiments/${key}/conclude`);
  await assertPublished(api, key);
}

async function define(api: AssayApi, startedAt: Date, endedAt: Date): Promise<string> {
  await api.create('/api/slots', {
    key: SLOT,
    variants: [
      { key: 'control', payload: { mailing: null } },
      { key: 'civic-duty', payload: { mailing: 'Do your civic duty and vote.' } },
      { key: 'hawthorne', payload: { mailing: 'You are being studied. Whether you vote is public record.' } },
      { key: 'neighbors', payload: { mailing: 'What if your neighbors knew whether you voted?' } },
    ],
    champion: 'control',
  });
  await api.create('/api/metrics', {
    key: METRIC,
    name: 'Voted in the 2006 primary',
    kind: 'proportion',
    outcome: 'voted',
    windowSeconds: (7 * DAY_MS) / 1000,
    description: 'Did the person vote within seven days of the mailing?',
  });
  // A replay that was cut off stays as it is, concluded; the next one is an experiment of its own.
  const earlier = await experiments(api);
  for (const each of earlier.filter((one) => one.state === 'running')) {
    await api.post(`/api/experiments/${each.key}/conclude`);
  }
  const key = earlier.length === 0 ? 'get-out-the-vote' : `get-out-the-vote-${earlier.length + 1}`;
  await api.post('/api/experiments', {
    key,
    slot: SLOT,
    name: 'Social pressure and voter turnout',
    hypothesis:
      'A mailing that appeals to social pressure brings more people to vote (Gerber, Green and Larimer 2008).',
    segments: ['sex'],
    metrics: [{ metric: METRIC, role: 'primary' }],
    phases: [
      {
        assignment: 'external',
        split: [
          { variant: 'control', weight: 5 / 8 },
          { variant: 'civic-duty', weight: 1 / 8 },
          { variant: 'hawthorne', weight: 1 / 8 },
          { variant: 'neighbors', weight: 1 / 8 },
        ],
        startedAt: startedAt.toISOString(),
        endedAt: endedAt.toISOString(),
      },
    ],
  });
  await api.post(`/api/experiments/${key}/start`);
  return key;
}

async function sendVoters(
  assay: Assay,
  file: string,
  times: { before: number; mailed: number; election: number },
  progress: Progress,
): Promise<void> {
  let sent = 0;
  for await (const voter of readVoters(file)) {
    const { unit, variant } = voter;
    const within = Math.floor((sent / PEOPLE) * DAY_MS);
    const properties = (election: string) => ({ election });
    assay.outcome('voted', { unit, value: voter.votedBefore, at: times.before, properties: properties('2004') });
    assay.exposure(SLOT, { unit, variant, at: times.mailed + within, attributes: { sex: voter.sex } });
    assay.outcome('voted', { unit, value: voter.voted, at: times.election, properties: properties('2006') });
    sent += 1;
    if ((sent * 3) % CHUNK < 3) {
      await assay.flush({ timeoutMs: FLUSH_MS });
      progress(sent / PEOPLE, `${sent.toLocaleString('en-US')} of ${PEOPLE.toLocaleString('en-US')} people`);
    }
  }
  const { delivered } = await assay.flush({ timeoutMs: FLUSH_MS });
  if (!delivered || sent !== PEOPLE) throw new Error(`only ${sent} of ${PEOPLE} people were sent`);
}

async function assertPublished(api: AssayApi, key: string): Promise<void> {
  for (let waited = 0; waited < 180; waited++) {
    const report = await api.get<ComparedReport & { progress: { lookAt: string | null } | null }>(
      `/api/experiments/${key}/report`,
    );
    if (report.progress?.lookAt) {
      const wrong = differencesFromPublished(report);
      if (wrong.length > 0) throw new Error(`the replay differs from the published results:\n- ${wrong.join('\n- ')}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error('the final look was not taken within three minutes');
}

async function experiments(api: AssayApi): Promise<Experiment[]> {
  const { experiments: all } = await api.get<{ experiments: Experiment[] }>('/api/experiments');
  return all.filter((each) => each.key.startsWith('get-out-the-vote'));
}
