import type { ServerOptions } from 'node:http';

/**
 * How long a connection may keep the server waiting. A slow or idle one costs a socket and some kilobytes, never a thread,
 * and is closed by these. They hold only for a server that listens, or emits `listening` itself.
 */
export const HTTP_LIMITS = {
  /** From the connection, or the first byte of a further request, to the end of the headers. */
  headersTimeout: 10_000,
  /** To the end of the body. SDKs give a request up after 10 s themselves. */
  requestTimeout: 30_000,
  /** Between two requests. Over that of common proxies (60 s), so that they close first and no request meets a closing one. */
  keepAliveTimeout: 65_000,
  /** How often the first two are looked at. */
  connectionsCheckingInterval: 2_000,
} satisfies ServerOptions;
