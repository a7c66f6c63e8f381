import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { fromRoot } from '../../server/repository-root.ts';

const args = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface VisitOptions {
  /** Signs in with this admin key before the story begins. */
  key?: string;
  /** Refusals of the server that belong to the story, in their order, such as "GET /api/session 401". */
  refusals?: string[];
  width?: number;
  /** The story itself cuts the page off from the server: refusals and silence belong to it. */
  cutOff?: boolean;
}

export interface TestBrowser {
  /**
   * Runs a story in a fresh profile and closes it, whatever happened. Fails when the story does, and also when the page
   * wrote an error, broke the content security policy, asked another host or was refused something unexpectedly.
   */
  visit(options: VisitOptions, story: (page: Page) => Promise<void>): Promise<void>;
  /** Ends the browser. Fails when it had ended before, or when a profile was left open. */
  close(): Promise<void>;
}

/** One Chromium for a test file; `url` is the only server that its pages may talk to. */
export async function openBrowser(url: string): Promise<TestBrowser> {
  if (!existsSync(fromRoot('dist', 'web', 'index.html'))) {
    throw new Error('The dashboard is not built: run npm run build first.');
  }
  const executablePath = process.env.CHROMIUM_PATH || '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(`There is no Chromium at ${executablePath}: install it, or set CHROMIUM_PATH to its program.`);
  }
  const browser = await chromium.launch({ executablePath, args });
  return {
    visit: (options, story) => visit(browser, url, options, story),
    async close() {
      const ended = !browser.isConnected();
      const open = browser.contexts().length;
      await browser.close();
      if (ended) throw new Error('the browser ended during the tests');
      if (open > 0) throw new Error(`the tests left ${open} browser profile(s) open`);
    },
  };
}

async function visit(
  browser: Browser,
  url: string,
  { key, refusals = [], width = 1280, cutOff = false }: VisitOptions,
  story: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height: 900 },
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  try {
    context.setDefaultTimeout(15_000);
    const seen = await watch(context, url, cutOff);
    if (key) {
      const answer = await context.request.post('/api/session', { data: { key } });
      if (!answer.ok()) throw new Error(`cannot sign in: ${answer.status()} ${await answer.text()}`);
    }
    await story(await context.newPage());
    const unexpected = !cutOff && seen.refusals.join(', ') !== refusals.join(', ');
    const problems = [
      ...seen.problems,
      ...(unexpected ? [`refused: ${seen.refusals.join(', ') || 'nothing'}; expected: ${refusals.join(', ')}`] : []),
    ];
    if (problems.length > 0) throw new Error(`the page misbehaved:\n- ${problems.join('\n- ')}`);
  } finally {
    await context.close();
  }
}

async function watch(
  context: BrowserContext,
  url: string,
  cutOff: boolean,
): Promise<{ problems: string[]; refusals: string[] }> {
  const home = new URL(url).host;
  const problems: string[] = [];
  const refusals: string[] = [];
  await context.exposeBinding('tellBreach', (_source, breach: string) => {
    problems.push(`content security policy: ${breach}`);
  });
  await context.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    tellBreach(event.effectiveDirective + ' ' + event.blockedURI))`);
  context.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && host !== home) problems.push(`asked another host: ${request.url()}`);
  });
  context.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (response.status() >= 400) refusals.push(`${response.request().method()} ${pathname} ${response.status()}`);
  });
  context.on('requestfailed', (request) => {
    const why = request.failure()?.errorText;
    // A page that is left drops its own requests.
    if (why !== 'net::ERR_ABORTED' && !cutOff) problems.push(`no answer: ${request.url()} (${why})`);
  });
  context.on('weberror', (error) => {
    const { message } = error.error();
    if (!cutOff || !message.startsWith('Failed to fetch')) problems.push(`uncaught: ${message}`);
  });
  context.on('console', (message) => {
    const bad = message.type() === 'error' || message.type() === 'warning';
    // The browser's own lines about refusals, which `refusals` holds already, and about being cut off.
    const own = cutOff
      ? /Failed to (load resource|fetch)/
      : /^Failed to load resource: the server responded with a status of/;
    if (bad && !own.test(message.text())) {
      problems.push(`console: ${message.text()}`);
    }
  });
  return { problems, refusals };
}
