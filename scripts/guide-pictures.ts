import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import { type AssayApi, assayApi } from '../examples/assay-api.ts';
import type { Report } from '../server/contract/report-contract.ts';
import { fromRoot } from '../server/repository-root.ts';
import { GUIDE_PAGES, type GuidePage } from './guide/guide-pages.ts';
import { palettePng } from './guide/palette-png.ts';

/**
 * `npm run guide-pictures [url admin-key [name …]]`: the pictures of docs/guide, of the demo. Without an address it starts a
 * demo in a folder of its own, waits until every mode has something to show, and ends it.
 */
const WIDTH = 1280;
const ALL_BYTES = 2_000_000;
/** The demo goes through its first minutes: a ramp, looks, epochs. */
const PATIENCE_MS = 15 * 60_000;
const folder = fromRoot('docs', 'guide', 'pictures');

async function main(): Promise<void> {
  const [url, key, ...names] = process.argv.slice(2);
  if (url && key) return takeAll(url, key, names);
  const demo = await startDemo();
  try {
    await takeAll(demo.url, demo.key, []);
  } finally {
    await demo.stop();
  }
}

async function takeAll(url: string, key: string, names: string[]): Promise<void> {
  const pages = GUIDE_PAGES.filter(({ name }) => names.length === 0 || names.includes(name));
  await untilAllModes(assayApi(url, key));
  mkdirSync(folder, { recursive: true });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
    args: ['--headless=new', '--no-sandbox', '--disable-gpu'],
  });
  try {
    const context = await browser.newContext({
      baseURL: url,
      locale: 'en-GB',
      timezoneId: 'UTC',
      colorScheme: 'light',
    });
    const answer = await context.request.post('/api/session', { data: { key } });
    if (!answer.ok()) throw new Error(`cannot sign in at ${url}: ${answer.status()}`);
    for (const each of pages) {
      await take(await context.newPage(), each).catch((error: unknown) => {
        // The others are taken all the same.
        console.error(`${each.name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
        process.exitCode = 1;
      });
    }
  } finally {
    await browser.close();
  }
  const bytes = GUIDE_PAGES.reduce((sum, { name }) => sum + sizeOf(name), 0);
  console.log(`${Math.round(bytes / 1000)} kB in all`);
  if (bytes > ALL_BYTES)
    throw new Error(`the pictures take ${bytes} bytes: at most ${ALL_BYTES} belong into a repository`);
}

const fileOf = (name: string): string => join(folder, `${name}.png`);
const sizeOf = (name: string): number => statSync(fileOf(name), { throwIfNoEntry: false })?.size ?? 0;

async function take(page: Page, { name, path, shows, height = 1000 }: GuidePage): Promise<void> {
  await page.setViewportSize({ width: WIDTH, height });
  await page.goto(path);
  await page.getByText(shows).first().waitFor({ timeout: 30_000 });
  await sleep(2_500); // charts come after the words
  const shot = await page.screenshot({ animations: 'disabled' });
  writeFileSync(fileOf(name), palettePng(await pixelsOf(page, shot), WIDTH, height));
  console.log(`${name}: ${Math.round(sizeOf(name) / 1000)} kB`);
  await page.close();
}

/** The browser knows how to read its own picture. */
async function pixelsOf(page: Page, png: Buffer): Promise<Uint8Array> {
  const text = await page.evaluate<string>(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${png.toString('base64')}';
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    const parts = [];
    for (let at = 0; at < data.length; at += 32768) parts.push(String.fromCharCode(...data.subarray(at, at + 32768)));
    return btoa(parts.join(''));
  })()`);
  return Buffer.from(text, 'base64');
}

/** Until each mode has numbers: a ramp that took a step, an epoch that closed, a preference, comparisons, a look. */
async function untilAllModes(api: AssayApi): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const missing = await missingModes(api);
    if (missing.length === 0) return;
    if (Date.now() > deadline) throw new Error(`the demo has nothing to show of ${missing.join(', ')}`);
    await sleep(3_000);
  }
}

async function missingModes(api: AssayApi): Promise<string[]> {
  const report = (key: string, phase = 0) => api.get<Report>(`/api/experiments/${key}/report?phase=${phase}`);
  const ready: Record<string, (report: Report) => boolean> = {
    'two-tower-recommender': ({ progress }) => (progress?.looks.taken ?? 0) > 0,
    'personal-feed': ({ delivery }) => delivery?.mode === 'shadow' && delivery.computedAt !== null,
    'personal-search': ({ phase }) => (phase?.step ?? 1) > 1,
    'related-articles': ({ delivery }) => delivery?.mode === 'interleave' && delivery.metrics.length > 0,
    'mail-teaser': ({ phase }) => (phase?.step ?? 1) > 5,
  };
  const found = await Promise.all(
    Object.entries(ready).map(async ([key, is]) => ((await report(key).then(is, () => false)) ? [] : [key])),
  );
  return found.flat();
}

async function startDemo(): Promise<{ url: string; key: string; stop(): Promise<void> }> {
  const [dataDir, port] = [mkdtempSync(join(tmpdir(), 'assay-guide-')), await freePort()];
  const key = 'guide-pictures-key-0123456789abcdef';
  const demo = spawn(process.execPath, [fromRoot('scripts', 'run.mjs'), 'demo'], {
    env: { ...process.env, PORT: String(port), ASSAY_DATA_DIR: dataDir, ASSAY_ADMIN_KEY: key },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async () => {
    if (demo.exitCode === null) {
      demo.kill('SIGTERM');
      await new Promise((resolve) => demo.once('exit', resolve));
    }
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await isRunning(demo);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://localhost:${port}`, key, stop };
}

function isRunning(demo: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    demo.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(-4_000);
      if (text.includes('Assay is running at')) resolve();
    });
    demo.once('exit', (code) => reject(new Error(`the demo ended with ${code}: ${text}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

await main();
