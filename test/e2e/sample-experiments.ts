import { type Assay, connect } from '@assay-ml/sdk';
import { draftExperiment, type TestServer } from '../integration/test-server.ts';

const HOUR_MS = 3_600_000;
const UNITS_AN_ARM = 300;

/** A small field experiment that ran elsewhere: people, what they were given, and what they did within a day. */
export const imported = {
  key: 'mailing',
  name: 'Reminder by post',
  control: 'no-letter',
  challenger: 'letter',
  windowSeconds: 86_400,
};

/** Defines and starts it, then sends its recorded units through the SDK; every fifth of one arm came, of the other more. */
export async function importExperiment(test: TestServer): Promise<void> {
  const startedAt = Date.now() - 80 * HOUR_MS;
  const { key, control, challenger, windowSeconds } = imported;
  const slot = await test.api('POST', '/api/slots', {
    key,
    variants: [
      { key: control, payload: null },
      { key: challenger, payload: { text: 'Please come.' } },
    ],
    champion: control,
  });
  const metrics = [
    { key: 'came', name: 'Came back', kind: 'proportion', outcome: 'visit', windowSeconds },
    { key: 'spend', name: 'Spend per person', kind: 'mean', outcome: 'purchase', windowSeconds },
    { key: 'left', name: 'Left for good', kind: 'proportion', outcome: 'leave', windowSeconds, direction: 'decrease' },
  ];
  const made = [slot];
  for (const metric of metrics) made.push(await test.api('POST', '/api/metrics', metric));
  made.push(
    await test.api('POST', '/api/experiments', {
      key,
      slot: key,
      name: imported.name,
      hypothesis: 'A letter reminds people of us, so more of them come back within a day.',
      metrics: [
        { metric: 'came', role: 'primary' },
        { metric: 'spend', role: 'secondary' },
        { metric: 'left', role: 'guardrail' },
      ],
      phases: [
        {
          assignment: 'external',
          split: [
            { variant: challenger, weight: 0.5 },
            { variant: control, weight: 0.5 },
          ],
          startedAt: new Date(startedAt).toISOString(),
        },
      ],
    }),
    await test.api('POST', `/api/experiments/${key}/start`),
  );
  for (const { status, body } of made) if (status >= 300) throw new Error(JSON.stringify(body));
  await withClient(test, {}, async (assay) => {
    for (let i = 0; i < UNITS_AN_ARM; i++) {
      for (const variant of [control, challenger]) {
        const unit = `${variant}-${i}`;
        const at = startedAt + (i % 24) * HOUR_MS + i;
        const treated = variant === challenger;
        assay.exposure(key, { unit, variant, at });
        if (i % (treated ? 3 : 5) === 0) assay.outcome('visit', { unit, value: 1, at: at + HOUR_MS });
        if (i % 4 === 0) assay.outcome('purchase', { unit, value: 5 + (i % 7) + (treated ? 1 : 0), at: at + 1 });
        if (i % 20 === 0) assay.outcome('leave', { unit, value: 1, at: at + 2 });
        // Before the letter and after the window: nobody may count these.
        if (i % 2 === 0) assay.outcome('visit', { unit, value: 1, at: at - HOUR_MS });
        if (i % 2 === 1) assay.outcome('visit', { unit, value: 1, at: at + 25 * HOUR_MS });
      }
    }
  });
}

export const live = { key: 'ranking', name: 'Experiment ranking', plannedUnits: 1000 };

/**
 * A running experiment whose units are mature seconds later: cohorts are minutes, so its units are of the last moment
 * of the minute before, and their window ends soon after all has been sent.
 */
export async function startLiveExperiment(test: TestServer): Promise<void> {
  const exposedAt = await lastMomentOfMinute();
  const windowSeconds = Math.ceil((Date.now() - exposedAt) / 1000) + 6;
  await draftExperiment(test, { key: live.key, windowSeconds, plan: { units: live.plannedUnits } });
  await test.api('POST', `/api/experiments/${live.key}/start`);
  await sendLiveUnits(test, { prefix: 'early', eachArm: 120, exposedAt });
}

/** The end of the minute before, early enough in this one that events of then are not before the start. */
export async function lastMomentOfMinute(): Promise<number> {
  const into = Date.now() % 60_000;
  if (into > 30_000) await new Promise((resolve) => setTimeout(resolve, 60_001 - into));
  return Math.floor(Date.now() / 60_000) * 60_000 - 1;
}

/** Exactly so many new units of either arm; half of the new model's click, and a quarter of the old one's. */
export async function sendLiveUnits(
  test: TestServer,
  { prefix, eachArm, exposedAt }: { prefix: string; eachArm: number; exposedAt: number },
): Promise<void> {
  let now = () => exposedAt;
  await withClient(test, { now: () => now() }, async (assay) => {
    const taken = new Map([
      ['old', 0],
      ['new', 0],
    ]);
    for (let i = 0; [...taken.values()].some((units) => units < eachArm); i++) {
      const unit = `${prefix}-${i}`;
      const variant = assay.peek(live.key, { unit }).variant;
      const units = taken.get(variant);
      if (units === undefined) throw new Error(`"${variant}" is no variant of the experiment`);
      if (units >= eachArm) continue;
      taken.set(variant, units + 1);
      const { id } = assay.decide(live.key, { unit });
      if (units % (variant === 'new' ? 2 : 4) === 0) {
        assay.outcome(`${live.key}-click`, { unit, value: 1, at: exposedAt, decision: id });
      }
    }
    // What was recorded keeps its time; the clock agrees with the server's when it is sent.
    now = Date.now;
  });
}

export const draft = { key: 'a-draft', name: `A draft with one endless word: ${'donaudampfschiff'.repeat(5)}` };

/** Nothing started, two phases planned, and a name of the greatest length that people come up with. */
export async function makeDraft(test: TestServer): Promise<void> {
  const slot = `${draft.key}-in-a-place-with-a-long-name`;
  await draftExperiment(test, { key: slot });
  const phase = { split: ['new', 'old'].map((variant) => ({ variant, weight: 0.5 })) };
  const { status, body } = await test.api('POST', '/api/experiments', {
    key: draft.key,
    slot,
    name: draft.name,
    metrics: [{ metric: `${slot}-clicked`, role: 'primary' }],
    targeting: [{ attribute: 'country', operator: 'in', values: ['AT', 'CH', 'DE'] }],
    phases: [
      { ...phase, plan: { units: 500 } },
      { ...phase, plan: { units: 20_000, durationSeconds: 14 * 86_400 } },
    ],
  });
  if (status !== 201) throw new Error(JSON.stringify(body));
}

async function withClient(
  test: TestServer,
  options: { now?: () => number },
  use: (assay: Assay) => Promise<void>,
): Promise<void> {
  const problems: string[] = [];
  const onError = ({ message }: { message: string }) => void problems.push(message);
  const assay = await connect({ url: test.url, key: test.sdkKey, flushEveryMs: 60_000, onError, ...options });
  try {
    await use(assay);
    const { delivered } = await assay.flush();
    if (!delivered || problems.length > 0) throw new Error(`not all was sent: ${problems.join('; ')}`);
  } finally {
    await assay.close();
  }
}
