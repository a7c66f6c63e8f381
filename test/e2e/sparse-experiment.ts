import { connect } from '@assay-ml/sdk';
import { draftExperiment, type TestServer } from '../integration/test-server.ts';

/** It runs, and next to nobody has come. */
export const sparse = { key: 'sparse', name: 'Experiment sparse' };

export async function startSparseExperiment(test: TestServer): Promise<void> {
  await draftExperiment(test, { key: sparse.key, plan: { units: 5000 } });
  await test.api('POST', `/api/experiments/${sparse.key}/start`);
  await sendSparseUnit(test, 'the first one');
}

export async function sendSparseUnit(test: TestServer, unit: string): Promise<void> {
  const assay = await connect({ url: test.url, key: test.sdkKey });
  try {
    assay.decide(sparse.key, { unit });
    await assay.flush();
  } finally {
    await assay.close();
  }
}
