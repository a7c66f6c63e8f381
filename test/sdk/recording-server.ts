import type { Batch, ConnectOptions, Fetch, Problem, Ruleset } from '@assay-ml/sdk';

export interface RecordingServer {
  fetch: Fetch;
  batches: Batch[];
  requests: { url: string; headers: Headers; body: string }[];
  /** Events of all accepted batches. */
  events: () => Batch['events'];
}

/** The network of a test: serves the ruleset, accepts batches, or answers them with `answer`. */
export function recordingServer(
  ruleset: Ruleset,
  answer?: (attempt: number) => Response | Promise<Response>,
): RecordingServer {
  const batches: Batch[] = [];
  const requests: RecordingServer['requests'] = [];
  let attempt = 0;
  const fetch: Fetch = async (url, init) => {
    const body = String(init?.body ?? '');
    requests.push({ url, headers: new Headers(init?.headers), body });
    if (url.endsWith('/v1/ruleset')) return Response.json(ruleset, { headers: { etag: `"${ruleset.version}"` } });
    const response = answer ? await answer(attempt++) : accepted();
    if (response.status === 202) batches.push(JSON.parse(body));
    return response;
  };
  return { fetch, batches, requests, events: () => batches.flatMap((batch) => batch.events) };
}

export const accepted = (rejected: unknown[] = []) => Response.json({ accepted: 1, rejected }, { status: 202 });

/** Options of a client in tests, and the problems that it reports. */
export function quietOptions(
  server: RecordingServer,
  more: ConnectOptions = {},
): ConnectOptions & { problems: Problem[] } {
  const problems: Problem[] = [];
  const options: ConnectOptions = {
    url: 'http://assay.test',
    key: 'sdk-key',
    fetch: server.fetch,
    onError: (problem) => problems.push(problem),
    // Streams have tests of their own, with a real server.
    stream: false,
    ...more,
  };
  // Not an option, so it must not be seen as one.
  return Object.defineProperty(options, 'problems', { value: problems, enumerable: false }) as never;
}

export const codes = (problems: Problem[]) => problems.map(({ code }) => code);
