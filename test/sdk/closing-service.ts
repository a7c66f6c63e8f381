/** A service of its own process, for tests that end it: `closing-service.ts <url> <key> <folder> <what>`. */
import { connect } from '@assay-ml/sdk';
import { closeOnSignal, disk } from '@assay-ml/sdk/node';

const [url = '', key = '', folder = '', what = ''] = process.argv.slice(2);
const options = { url, key, timeoutMs: 200, flushEveryMs: what.includes('slow') ? 60_000 : 20, onError: () => {} };
const assay = await connect({ ...options, ...(folder ? { disk: disk(folder) } : {}) });
const stop = closeOnSignal(assay, { timeoutMs: 2000 });

if (what.includes('two')) {
  const other = await connect(options);
  other.outcome('click', { unit: 'of the slower client' });
  closeOnSignal({ close: () => new Promise((resolve) => setTimeout(resolve, 300)).then(() => other.close()) });
}
if (what.includes('listener')) {
  let heard = 0;
  process.on('SIGTERM', () => {
    heard++;
    setTimeout(() => process.exit(6 + heard), 600);
  });
}
if (what.includes('removed')) stop();

for (let i = 0; i < 40; i++) assay.outcome('click', { unit: `${what || 'unit'}-${process.pid}-${i}` });
console.log('recorded');
// Stays until it is told to end.
setInterval(() => console.log(JSON.stringify(assay.counters())), 20);
