import { type BrowserContext, chromium } from 'playwright-core';
import type { Report } from '../server/contract/report-contract.ts';
import { largeReport } from './large-report.ts';
import type { BenchResult } from './main.ts';
import { startServerProcess } from './server/server-process.ts';

const METRICS = 50;
const VARIANTS = 5;
const LIMIT_MS = 200;
const WARM_UP = 3;
const VISITS = 10;

/** The moment after the frame in which numbers and picture stand on the page, in the page's own time. */
const watch = `new MutationObserver((_, observer) => {
  const picture = document.querySelector('svg[role="img"][aria-label^="Lift of every metric"]');
  if (!picture || !document.querySelector('table[aria-labelledby="metrics"]')) return;
  observer.disconnect();
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => document.documentElement.setAttribute('data-rendered', performance.now());
    channel.port2.postMessage(null);
  });
}).observe(document, { childList: true, subtree: true });`;

/**
 * How long the page of a large experiment takes from the last byte of its report to the frame that shows numbers and
 * forest plot. The built dashboard comes from the real server; the report is made by the real report code, and given to the
 * page in place of the server's answer, which `report` measures.
 */
export async function run(): Promise<BenchResult> {
  const report = largeReport(METRICS, VARIANTS);
  const server = await startServerProcess();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
    args: ['--headless=new', '--no-sandbox', '--disable-gpu'],
  });
  try {
    const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1280, height: 900 } });
    await signIn(context, server.adminKey, report);
    const times: number[] = [];
    for (let visit = 0; visit < WARM_UP + VISITS; visit++) {
      const ms = await renderMs(context, report);
      if (visit >= WARM_UP) times.push(ms);
    }
    return resultOf(times.toSorted((a, b) => a - b));
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function signIn(context: BrowserContext, key: string, report: Report): Promise<void> {
  const answer = await context.request.post('/api/session', { data: { key } });
  if (!answer.ok()) throw new Error(`cannot sign in: ${answer.status()}`);
  const body = JSON.stringify(report);
  const path = `**/api/experiments/${report.experiment.key}`;
  await context.route(`${path}/report`, (route) => route.fulfill({ contentType: 'application/json', body }));
  await context.route(`${path}/history`, (route) =>
    route.fulfill({ contentType: 'application/json', body: '{"entries":[]}' }),
  );
  await context.addInitScript(watch);
}

async function renderMs(context: BrowserContext, { experiment, metrics }: Report): Promise<number> {
  const page = await context.newPage();
  await page.goto(`/experiments/${experiment.key}`);
  const stands = page.locator('html[data-rendered]');
  await stands.waitFor({ state: 'attached' });
  const renderedAt = Number(await stands.getAttribute('data-rendered'));
  const answeredAt = await page.evaluate<number>(`performance.getEntriesByType('resource')
    .find(({ name }) => new URL(name).pathname === '/api/experiments/${experiment.key}/report').responseEnd`);
  // A page that leaves something out is fast for nothing.
  const groups = await page.locator('table[aria-labelledby="metrics"] tbody').count();
  if (groups !== metrics.length) throw new Error(`the page shows ${groups} of ${metrics.length} metrics`);
  await page.close();
  return renderedAt - answeredAt;
}

function resultOf(times: number[]): BenchResult {
  const [median, least, most] = [times[times.length >> 1], times[0], times.at(-1)].map((ms) => ms ?? Number.NaN);
  console.log(
    `${METRICS} metrics, ${VARIANTS} variants: rendered ${median?.toFixed(0)} ms after the report (median of ${times.length}, ` +
      `${least?.toFixed(0)} to ${most?.toFixed(0)}); the limit is ${LIMIT_MS} ms`,
  );
  return { name: 'dashboard', ratio: LIMIT_MS / (median ?? Number.NaN), medianMs: median, times };
}
